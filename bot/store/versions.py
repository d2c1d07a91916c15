"""Know the steps of the schema: which this version of the service has, and which it wants.

Alembic is loaded only when there is a step to take: a service that runs has no other need of it, and it takes 9 MB.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alembic.config import Config

STEPS = Path(__file__).parent / "migrations"


def config() -> Config:
    """Return Alembic's configuration for our migrations."""
    from alembic.config import Config

    made = Config()
    made.set_main_option("script_location", str(STEPS))
    return made


def known() -> list[str]:
    """Return every revision of this version, the newest first: the name of its file begins with it."""
    return sorted((path.name[:4] for path in STEPS.glob("versions/[0-9]*.py")), reverse=True)
