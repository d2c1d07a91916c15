"""The bot: what it hears, decides, remembers and delivers."""
