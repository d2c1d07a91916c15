"""What one can ask of run.py besides serving; each command fetches what it needs when it is asked."""
