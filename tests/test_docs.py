"""The documents say what the code does: the table of moves, the words staff can send, the files that recipes name."""

import re
from pathlib import Path

import pytest

from bench import capacity
from bot.rules.lifecycle import EVER, MOVES, OPEN, OUTWARD
from bot.rules.staffwords import DEEDS

LIFECYCLE = Path("docs/lifecycle.md").read_text(encoding="utf-8")
SOURCE = Path("bot/rules/lifecycle.py").read_text(encoding="utf-8")
# the Chinese words of states and roles stand beside them in the code
WORDS = dict(re.findall(r'^    [A-Z]+ = "(\w+)"  # ([^（\n]+)', SOURCE, re.MULTILINE))
ROWS = {
    cells[1]: cells
    for line in LIFECYCLE.splitlines()
    if (cells := [cell.strip(" `") for cell in line.strip("|").split("|")]) and len(cells) == 8
}


def states(some):
    """Return states as the table says them."""
    if some == EVER:
        return "任何状态"
    if some > OPEN:
        return "、".join(["在办", *said(some - OPEN)])
    return "在办" if some == OPEN else "、".join(said(some))


def said(some):
    """Return the words of states or roles, in the order of the code."""
    return [word for code, word in WORDS.items() if code in some]


@pytest.mark.parametrize("move", MOVES)
def test_the_table_of_moves_is_the_one_the_service_follows(move):
    rule = MOVES[move]
    assert move in ROWS, f"docs/lifecycle.md lacks a row: who is told, which clock starts or stops at {move}"
    assert tuple(ROWS[move][2:6]) == (
        states(rule.before),
        WORDS[rule.after] if rule.after else "不变",
        "、".join(said(rule.by)),
        "要" if rule.reason else "",
    )


def test_the_table_has_no_move_of_its_own():
    assert ROWS.keys() - {"代码", "---"} == MOVES.keys()


def test_what_counts_as_open_is_said_in_the_order_of_the_way():
    assert f"**在办**指：{'、'.join(said(OPEN))}。" in LIFECYCLE


@pytest.mark.parametrize("move", sorted(OUTWARD))
def test_every_outward_step_says_who_of_the_voters_is_told(move):
    assert ROWS[move][7].startswith(("提出人", "联名人", "—")), ROWS[move]


def test_every_word_of_staff_stands_in_the_readme():
    readme = Path("README.md").read_text(encoding="utf-8")
    missing = [words for words, _ in DEEDS.values() if not any(f"`{word}" in readme for word in words.split("|"))]
    assert missing == []


def test_the_files_that_recipes_name_are_there():
    named = set(re.findall(r"`((?:bot|handlers|config|tests|tools|docs)/[\w/.-]+)`", recipes()))
    missing = {path for path in named if not Path(path).exists()}
    assert missing <= {"bot/channels/name.py"}, "the one file a recipe makes up"


def recipes():
    """Return the part of CONTRIBUTING that holds the recipes."""
    text = Path("CONTRIBUTING.md").read_text(encoding="utf-8")
    return text[text.index("## Recipes") : text.index("## The stage for tests")].replace("<name>", "name")


# ---- the threat model -----------------------------------------------------------------------------------------------

THREATS = [
    cells
    for line in Path("docs/threats.md").read_text(encoding="utf-8").splitlines()
    if (cells := [cell.strip() for cell in line.strip("|").split("|")])[0].isdecimal()
]


@pytest.mark.parametrize("threat", THREATS, ids=lambda threat: threat[0])
def test_every_threat_is_held_by_tests_that_are_there(threat):
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(test_\w+))?`", threat[4])
    assert named, "a threat that no test holds"
    for path, name in named:
        source = Path(path).read_text(encoding="utf-8")
        assert not name or re.search(rf"^(?:async )?def {name}\(", source, re.MULTILINE), f"{path} has no {name}"


def test_threats_of_all_six_kinds_are_thought_of_and_counted_on():
    assert {threat[1] for threat in THREATS} == set("STRIDE")
    assert [int(threat[0]) for threat in THREATS] == list(range(1, len(THREATS) + 1))


def test_the_paper_of_how_far_it_carries_is_reckoned_from_the_table_of_costs():
    paper = Path("docs/capacity.md").read_text(encoding="utf-8")
    assert [table for table in capacity.tables() if table not in paper] == [], "python -m bench.capacity"
