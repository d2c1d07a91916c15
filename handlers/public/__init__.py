"""What the public may ask for: pages, calendars, and the interfaces of programs."""
