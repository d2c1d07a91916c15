"""What the channels promise, held against the platforms' own words."""
