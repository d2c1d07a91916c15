"""Know the steps of the schema: which this version of the service has, and which it wants."""

from __future__ import annotations

from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory


def config() -> Config:
    """Return Alembic's configuration for our migrations."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return made


def known() -> list[str]:
    """Return every revision of this version, the newest first."""
    return [step.revision for step in ScriptDirectory.from_config(config()).walk_revisions()]
