"""What the service is told from outside."""

from config.faults import BadConfig
from config.settings import Account, Settings, load_settings

__all__ = ["Account", "BadConfig", "Settings", "load_settings"]
