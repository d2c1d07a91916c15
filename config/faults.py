"""The one way a configuration says that it is wrong."""

from __future__ import annotations


class BadConfig(Exception):
    """The settings or the office files have faults; the message names every one, a line each."""
