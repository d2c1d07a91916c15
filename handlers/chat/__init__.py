"""What people say, one file a topic."""
