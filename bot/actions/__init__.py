"""Deeds: each asks the rules, writes rows and owes messages; none commits."""
