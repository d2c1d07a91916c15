"""Small programs for those who build the house."""
