"""The service beside the emulated platforms: for people to try, and as one scripted day that checks itself."""

from bot.demo.script import play
from bot.demo.show import show

__all__ = ["play", "show"]
