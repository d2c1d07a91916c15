"""A deploy runs two versions at once: each step of the schema only adds, so that the version before can go on writing.

Expand first, contract a version later: a step that takes away, renames or forbids what the version before still writes
says so here, with the reason why no version before it runs beside it.
"""

from contextlib import contextmanager
from itertools import pairwise

from alembic import command
from sqlalchemy import create_engine, inspect

from bot.store import migrate, versions

#  step -> why nothing runs beside it
CONTRACTS = {
    "0001": "the first tables: nothing ran before",
    "0002": "reception days got a uid of their own before anybody had deployed",
}


@contextmanager
def opened(url):
    engine = create_engine(url)
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def schema_at(url, revision):
    """Bring the file to that step and return its tables: name -> (columns by name, unique sets)."""
    with opened(url) as connection:
        config = versions.config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        look = inspect(connection)
        tables = {}
        for name in look.get_table_names():
            unique = [frozenset(each["column_names"]) for each in look.get_unique_constraints(name)]
            unique += [frozenset(each["column_names"]) for each in look.get_indexes(name) if each["unique"]]
            tables[name] = ({each["name"]: each for each in look.get_columns(name)}, set(unique))
    return tables


def breaks(before, after):
    """Yield what the version before would stumble over."""
    for name, (columns, unique) in before.items():
        if name not in after:
            yield f"table {name} is gone"
            continue
        columns_now, unique_now = after[name]
        for column, was in columns.items():
            now = columns_now.get(column)
            if now is None:
                yield f"{name}.{column} is gone"
            elif was["nullable"] and not now["nullable"]:
                yield f"{name}.{column} may no longer be empty"
            elif type(was["type"]) is not type(now["type"]):
                yield f"{name}.{column} is of another type"
        for column in columns_now.keys() - columns.keys():
            new = columns_now[column]
            if not new["nullable"] and new["default"] is None:
                yield f"{name}.{column} is new and must be given"
        for names in unique_now - unique:
            if names <= columns.keys():
                yield f"{name}: {sorted(names)} must be unique now"


def test_each_step_leaves_the_version_before_able_to_write(tmp_path):
    url = f"sqlite:///{tmp_path}/t.db"
    steps = list(reversed(versions.known()))
    schemas = {step: schema_at(url, step) for step in steps}
    found = {after: list(breaks(schemas[before], schemas[after])) for before, after in pairwise(steps)}
    assert {step: faults for step, faults in found.items() if faults and step not in CONTRACTS} == {}
    assert [step for step in CONTRACTS if step in found and not found[step]] == [], "named without need"


def test_what_would_stop_the_version_before_is_found():
    column = {"nullable": True, "default": None, "type": "TEXT"}
    before = {"t": ({"a": column, "b": column}, set()), "gone": ({}, set())}
    strict = column | {"nullable": False}
    after = {"t": ({"a": strict, "c": strict}, {frozenset({"a"})})}
    assert len(list(breaks(before, after))) == 5


def test_a_version_that_meets_a_newer_database_leaves_it_as_it_is(tmp_path):
    """A process of the version before may be restarted in the middle of a deploy, or somebody goes back a version."""
    url = f"sqlite:///{tmp_path}/t.db"
    migrate(url)
    with opened(url) as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    migrate(url)
    with opened(url) as connection:
        assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() == "9999"
