"""The laws of the house: imports go downstairs only, and no sentence to a person stands in the code."""

import ast
import re
from pathlib import Path

import pytest

SOURCES = sorted(
    path
    for folder in ("bot", "handlers", "commands", "config")
    for path in Path(folder).rglob("*.py")
    if "migrations" not in path.parts
)
SOURCES.append(Path("run.py"))

# The longest matching name gives the floor; a file may import its own floor and what lies below (design §2).
FLOORS = {
    "run": 11,
    "commands": 10,
    "bot.demo": 10,
    "handlers": 9,
    "bot.app": 9,
    "bot.actions": 8,
    "bot.outbox.worker": 8,
    "bot.deps": 8,
    "bot.outbox": 7,
    "bot.paper": 5,
    "bot.channels": 6,
    "bot.memory": 6,
    "bot.embedded_redis": 6,
    "bot.redis_address": 5,
    "bot.store": 5,
    "bot.router": 5,
    "bot.rules": 4,
    "bot.message": 3,
    "bot.errors": 3,
    "bot.clock": 3,
    "bot.metrics": 3,
    "config": 2,
    "bot.emulator": 1,
    "bot": 0,
}
# Neighbours that must not know each other, whatever their floors.
NEVER = {
    "bot.channels": ("bot.store", "bot.outbox", "bot.memory"),
    "bot.rules": ("bot.store", "bot.channels", "bot.outbox", "aiohttp", "sqlalchemy", "redis"),
    "bot.emulator": ("config", "handlers", "bot.message", "bot.channels", "bot.errors", "bot.clock", "wechatpy"),
    "bot.actions": ("aiohttp", "bot.channels", "wechatpy"),
    "bot.store": ("aiohttp", "redis"),
}
# Who may speak SQL in its own words.
SQL_FLOORS = ("bot.store", "bot.actions", "bot.outbox")


def module(path):
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def floor(name):
    homes = [home for home in FLOORS if name == home or name.startswith(f"{home}.")]
    return FLOORS[max(homes, key=len)] if homes else None


def imports(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", SOURCES, ids=module)
def test_imports_only_go_downstairs(path):
    mine = floor(module(path))
    if module(path).startswith("bot.emulator"):
        mine = 1
    for name in imports(path):
        theirs = floor(name)
        if theirs is not None and name != "bot":
            assert theirs <= mine, f"{module(path)} must not know {name}"


@pytest.mark.parametrize("path", SOURCES, ids=module)
def test_neighbours_that_must_not_know_each_other_do_not(path):
    for home, strangers in NEVER.items():
        if module(path) == home or module(path).startswith(f"{home}."):
            for name in imports(path):
                assert not any(name == s or name.startswith(f"{s}.") for s in strangers), f"{home} must not know {name}"


@pytest.mark.parametrize("path", SOURCES, ids=module)
def test_the_first_line_says_the_files_one_duty(path):
    doc = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert doc, f"{path} does not say its duty"
    assert len(doc.splitlines()[0]) <= 140


CHINESE = re.compile(r"[\u4e00-\u9fff]{4,}")


@pytest.mark.parametrize("path", [p for p in SOURCES if p.parts[0] == "handlers" and "chat" in p.parts], ids=module)
def test_what_people_are_told_stands_in_texts_and_not_in_code(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docs = {id(node.body[0].value) for node in ast.walk(tree)
            if isinstance(node, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            and node.body and isinstance(node.body[0], ast.Expr)}  # fmt: skip
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            assert not CHINESE.search(node.value) or " " in node.value, f"{path}: {node.value}"


def test_nothing_committed_names_a_machine_or_a_registry():
    import subprocess

    pattern = r"(^|[^A-Za-z0-9_.])/(work|farm|root|home/[a-z]+)/|pythonh[o]sted|py[p]i[.]|npm[j]s[.]"
    found = subprocess.run(["git", "grep", "-nIE", pattern, "--", "."], capture_output=True, text=True, check=False)
    assert found.stdout == ""
