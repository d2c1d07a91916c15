"""The outbox: what we owe, when it may go, and who carries it."""
