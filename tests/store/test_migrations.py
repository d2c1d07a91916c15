"""The migrations and the tables say the same, on both databases and all the way back."""

import asyncio
import subprocess
import sys

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect
from sqlalchemy.ext.asyncio import create_async_engine

from bot.store import migrate, versions
from bot.store.tables import metadata


def differences(connection):
    return compare_metadata(MigrationContext.configure(connection), metadata)


def test_sqlite_tables_are_what_the_code_says(tmp_path):
    migrate(f"sqlite:///{tmp_path}/t.db")
    engine = create_engine(f"sqlite:///{tmp_path}/t.db")
    with engine.connect() as connection:
        assert differences(connection) == []
    engine.dispose()


async def test_postgres_tables_are_what_the_code_says(postgres_url):
    await asyncio.to_thread(migrate, postgres_url)
    engine = create_async_engine(postgres_url)
    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    await engine.dispose()


def test_migrating_twice_changes_nothing_and_every_step_can_be_taken_back(tmp_path):
    url = f"sqlite:///{tmp_path}/t.db"
    migrate(url)
    migrate(url)
    engine = create_engine(url)
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", "bot/store/migrations")
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    with engine.connect() as connection:
        assert set(inspect(connection).get_table_names()) == {"alembic_version"}
    engine.dispose()


def test_the_steps_are_known_by_the_names_of_their_files():
    steps = ScriptDirectory.from_config(versions.config()).walk_revisions()
    assert versions.known() == [step.revision for step in steps]


def test_a_start_with_nothing_to_change_does_not_load_alembic(tmp_path):
    url = f"sqlite:///{tmp_path}/t.db"
    migrate(url)
    start = f"import sys, bot.app, handlers; from bot.store import migrate; migrate({url!r}); print('alembic' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", start], capture_output=True, text=True, check=True)
    assert found.stdout == "False\n"


@pytest.mark.parametrize("table", sorted(metadata.tables))
def test_every_moment_is_named_at_and_every_day_on(table):
    for column in metadata.tables[table].columns:
        if type(column.type).__name__ == "Moment":
            assert column.name.endswith(("_at", "_until")) or column.name == "at", column.name


def test_what_was_planned_before_days_could_move_is_still_there_and_still_reminded_of(tmp_path):
    url = f"sqlite:///{tmp_path}/t.db"
    engine = create_engine(url)
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", "bot/store/migrations")
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        for words in (
            "INSERT INTO office (id, code, name, level) VALUES (1, 'o', '区', 'county')",
            "INSERT INTO station (id, code, office_id, kind, name) VALUES (1, 's', 1, 'station', '站')",
            "INSERT INTO reception_rule VALUES (1, 's-10', 1, '[10]', '09:00', '11:00', '站', 'next', '')",
            "INSERT INTO reception_rule VALUES (2, 'gone', 1, '[]', '09:00', '11:00', '站', 'next', '')",
            "INSERT INTO reception_day VALUES (1, 1, 1, '2026-12-10', '2026-12-10', '09:00', '11:00', '站', 'planned')",
        ):
            connection.exec_driver_sql(words)
    migrate(url)
    with engine.connect() as connection:
        day = connection.execute(metadata.tables["reception_day"].select()).one()
        rules = connection.execute(metadata.tables["reception_rule"].select()).all()
        reminders = connection.execute(metadata.tables["reminder_rule"].select()).all()
    engine.dispose()
    assert (day.date, day.version, day.reason) == ("2026-12-10", 0, "")
    assert len(day.uid) == 32
    assert [rule.active for rule in rules] == [True, False]
    assert {row.code for row in reminders} == {"notice", "evening", "week", "day", "morning"}
