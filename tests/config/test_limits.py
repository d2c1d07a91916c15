"""Every number the code asks the office for stands in limits.toml, counted in what the code expects."""

import ast
from pathlib import Path

import pytest

from bot.actions.casework import CLOCKS
from bot.rules.deadlines import LONGER, Unit
from bot.rules.ladder import STEPS
from config.office_data import read_office

LIMITS = {limit.code: limit for limit in read_office(Path("config/office")).limits}
SPANS = {span for both in CLOCKS.values() for span in both} | {*LONGER} | {rule.most for rule in LONGER.values()}
SPANS = {*SPANS, *(step.span for step in STEPS.values())} - {""}


def asked():
    """Yield every code that stands as a word where a number of the office is asked for."""
    for folder in ("bot/rules", "bot/actions", "bot/store", "handlers"):
        for path in sorted(Path(folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                yield from ((path, code) for code in codes(node))


def codes(node):
    match node:
        case ast.Call(func=ast.Name(id="limit" | "limit_value") | ast.Attribute(attr="limit" | "limit_value")):
            words = [each.value for each in node.args if isinstance(each, ast.Constant)]
        case ast.Call(func=ast.Attribute(value=ast.Name(id="clocks"), attr="start")):
            words = [each.value for each in node.args[3:4] if isinstance(each, ast.Constant)]
        case ast.Call(func=ast.Attribute(value=ast.Name(id="spans" | "limits"), attr="get")):
            words = [node.args[0].value]
        case ast.Subscript(value=ast.Name(id="spans" | "limits"), slice=ast.Constant(value=word)):
            words = [word]
        case _:
            words = []
    return [word for word in words if isinstance(word, str)]


ASKED = {code: path for path, code in asked()}


def test_the_code_asks_for_numbers():
    assert {"meetings-gate", "track-again", "urge-before", "triage", "accept"} <= ASKED.keys()


@pytest.mark.parametrize("code", sorted({*ASKED, *SPANS}))
def test_every_number_that_is_asked_for_is_there(code):
    assert code in LIMITS, f"{ASKED.get(code, 'the rules')} asks for {code}"


@pytest.mark.parametrize("code", sorted(SPANS))
def test_what_a_clock_runs_by_is_a_length_of_days(code):
    assert LIMITS[code].unit in [*Unit]


def test_every_number_of_a_suggestions_way_is_the_offices():
    ours = {
        "meetings-gate": (1, "choice"), "track-again": (20, "working_days"), "rating-again": (3, "days"),
        "rate-close": (7, "days"), "urge-before": (3, "working_days"), "office-notice": (5, "working_days"),
        "same-complaints": (3, "times"), "same-complaints-within": (30, "days"), "dissatisfied-times": (2, "times"),
        "unit-returns": (2, "times"), "link-days": (7, "days"), "clerk-notice": (1, "working_days"),
        "rehandle-longest": (2, "months"),
    }  # fmt: skip
    assert {code: (LIMITS[code].value, LIMITS[code].unit) for code in ours} == ours
