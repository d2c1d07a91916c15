"""Write a new Alembic migration from the difference between the tables and the migrations: `make migration m="…"`."""

import re
import sys
import tempfile
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

from bot.store import migrate


def main() -> None:
    """Migrate an empty database to the newest revision and compare it with the tables."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "empty.db")
        migrate(f"sqlite:///{path}")
        engine = create_engine(f"sqlite:///{path}")
        with engine.begin() as connection:
            config = Config()
            config.set_main_option("script_location", "bot/store/migrations")
            config.attributes["connection"] = connection
            script: Any = command.revision(config, message=sys.argv[1], autogenerate=True, rev_id=sys.argv[2])
    written = Path(script.path)  # SQLite's zero and one are no truth to PostgreSQL
    words = written.read_text()
    for number, truth in (("0", "false"), ("1", "true")):
        words = re.sub(rf"(sa\.Boolean\(\), server_default=)sa\.text\(.{number}.\)", rf"\1sa.{truth}()", words)
    written.write_text(words)


if __name__ == "__main__":
    main()
