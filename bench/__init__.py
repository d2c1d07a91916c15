"""Measure what a message costs, as ratios to a bare server and to peers in the same run."""
