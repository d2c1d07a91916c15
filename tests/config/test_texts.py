"""What the code says stands in texts.toml, what stands there is said, and no sentence asks for a fact nobody gives."""

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from string import Formatter
from typing import get_args

import pytest

from bot.actions import by_desk, day_desk, foreseeing, own_desk, register_desk
from bot.actions.assignments import ASSISTING, LEAD, REPRESENTATIVE
from bot.actions.board import RECEPTION
from bot.actions.by_link import DEEDS, OVER, STORY
from bot.actions.casework import CLOCKS
from bot.actions.declining import DECLINES
from bot.actions.handing import BUTTONS
from bot.actions.joining import OFFER
from bot.actions.ratings import VALUES
from bot.actions.register_sheet import MODES
from bot.actions.replies import CLASSES, STAGES
from bot.actions.replies import MODES as MEETING_MODES
from bot.actions.suggestions import CLERKS_BUTTONS
from bot.channels import CHANNELS
from bot.channels.entries import ENTERED_BY
from bot.errors import Remedy
from bot.outbox.pace import LIMITS
from bot.outbox.queue import NEXT_CONTACT, NO_ADDRESS
from bot.outbox.worker import ABANDONED, EXPIRED
from bot.paper.register_rows import COLUMNS
from bot.rules import ruleform
from bot.rules.assigning import Candidate, _why
from bot.rules.deadlines import Kind, Unit
from bot.rules.ladder import LADDERS
from bot.rules.lifecycle import MOVES, OUTWARD, Role, State
from bot.rules.office import WORDS
from bot.rules.officewords import ADDABLE, FORMS
from bot.rules.register import DISPOSITIONS
from bot.rules.understanding import Intent
from bot.rules.waiting import SPREAD
from bot.store import reads_days, reads_faq
from bot.store.reads_figures import FIGURES
from bot.store.reads_holders import HOLDER_FIGURES
from bot.store.reads_outbox import TABS
from bot.store.reads_reception import BEGAN
from config.office_data import read_office
from config.office_models import Level, Limit, StationKind
from config.texts import load_texts
from handlers import console
from handlers.chat.rate import REASONS
from handlers.chat.register_desk import PARTS
from handlers.chat.slots import NOT_A_SPAN
from handlers.chat.staff import DO
from handlers.chat.suggest import SORTS
from handlers.console import board_rows, bulk, desk, faq_misses, faq_try, office, outbox, people, sentences, unit
from handlers.console.cases import GROUPS, MARKS
from handlers.pages import page
from handlers.public.georeport_shapes import KINDS
from handlers.public.openapi import DOCS

TEXTS = load_texts(Path("config/office"))
SOURCES = [
    path
    for folder in ("bot", "handlers")
    for path in sorted(Path(folder).rglob("*.py"))
    if not {"emulator", "migrations"} & set(path.parts)
]
TOPICS = {each.code for each in read_office(Path("config/office")).categories if each.parent is None}
PIECES = ("told.lacks", "told.opinion")  # of told.reply
SAID_IN_A_PAGE = re.compile(r"""texts\(\s*["']([\w.]+)["'](\s*~)?""")


@dataclass(frozen=True)
class Call:
    """One place where something is said: which codes it may be, and the facts it gives (None: gathered elsewhere)."""

    place: str
    codes: frozenset[str]
    beginning: str  # of a code that is put together: state.
    facts: frozenset[str] | None


def calls_of(name: str) -> Iterable[Call]:
    """Yield every call of a function (or method) of that name."""
    for path in SOURCES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        homes = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and node.args and called(node) == name:
                home = next((each for each in homes if node in set(ast.walk(each))), tree)
                yield Call(f"{path}:{node.lineno}", *codes_of(node.args[0], home), facts_of(node, home))


def called(node: ast.Call) -> str:
    return getattr(node.func, "attr", None) or getattr(node.func, "id", "")


def codes_of(node: ast.expr, home: ast.AST) -> tuple[frozenset[str], str]:
    """Return the codes an expression may be, or how they begin."""
    match node:
        case ast.Constant(value=str(code)):
            return frozenset({code}), ""
        case ast.IfExp(body=one, orelse=other):
            return codes_of(one, home)[0] | codes_of(other, home)[0], ""
        case ast.JoinedStr(values=[ast.Constant(value=str(beginning)), *_]):
            return frozenset(), beginning
        case ast.Name(id=name):
            return frozenset().union(*(codes_of(value, home)[0] for value in given(name, home))), ""
    return frozenset(), ""


def facts_of(node: ast.Call, home: ast.AST) -> frozenset[str] | None:
    """Return the names a call gives its sentence."""
    facts = {each.arg for each in node.keywords if each.arg}
    for more in (each.value for each in node.keywords if each.arg is None):
        tables = given(more.id, home) if isinstance(more, ast.Name) else [more]
        if not tables or not all(isinstance(each, ast.Dict) for each in tables):
            return None
        facts |= {key.value for each in tables for key in each.keys if isinstance(key, ast.Constant)}
    return frozenset(facts)


def given(name: str, home: ast.AST) -> list[ast.expr]:
    """Return what a name is given within a function."""
    return [
        node.value
        for node in ast.walk(home)
        if isinstance(node, ast.Assign) and any(getattr(each, "id", "") == name for each in node.targets)
    ]


def asked(code: str) -> set[str]:
    """Return the facts a sentence asks for; one that does not stand there is another test's fault."""
    return {name for _, name, _, _ in Formatter().parse(TEXTS._sentences.get(code, "")) if name}


SAID = tuple(calls_of("texts"))
REFUSALS = tuple(calls_of("Refused"))
FAULTS = tuple(calls_of("Wrong"))  # what programs hear of the Open311 door
PAGES = [
    found.groups()
    for path in sorted(Path("handlers").rglob("*.html"))
    for found in SAID_IN_A_PAGE.finditer(path.read_text(encoding="utf-8"))
]


def reasons() -> dict[str, frozenset[str]]:
    """Return the facts bot/rules/why.py gives to each reason for a day."""
    tree = ast.parse(Path("bot/rules/why.py").read_text(encoding="utf-8"))
    homes = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    found = {}
    for home in homes:
        for node in ast.walk(home):
            if isinstance(node, ast.Call) and called(node) == "Fact":
                codes, beginning = codes_of(node.args[0], home)
                table = given(node.args[1].id, home)[0] if isinstance(node.args[1], ast.Name) else node.args[1]
                for code in codes or {f"{beginning}{unit}" for unit in Unit}:
                    found[code] = frozenset(key.value for key in table.keys)
    return found


def fault_codes() -> set[str]:
    """Return what bot/rules and bot/actions may find wrong with a thing of the office."""
    calls = [
        node
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and called(node) == "Fault" and len(node.args) > 1
    ]
    return {code for call in calls for code in codes_of(call.args[1], call)[0]}


def everything_about(_: str) -> set[str]:
    """Return every reason there can be to suggest a representative."""
    each = {"person_id": 1, "name": "", "level": "county", "group_position": 0, "near": True, "did_this": 1}
    near = Candidate(**each, in_group=True, at_station=True, open_cases=0)
    far = Candidate(**each, in_group=False, at_station=True, open_cases=99)
    return {*_why(near), *_why(far)}


# how a code begins -> how it may go on, from where the code of the house has it; a new beginning is a new row here
PUT_TOGETHER = {
    "state.": State,
    "refused.": {code for refusal in REFUSALS for code in refusal.codes},
    "refused_here.": {code.removeprefix("refused_here.") for code in TEXTS.codes() if code.startswith("refused_here.")},
    "georeport.": {code for wrong in FAULTS for code in wrong.codes},
    "kind.": KINDS,
    "public.code_of_": ENTERED_BY,
    "public.by_": ENTERED_BY,
    "api.": {doc.word for doc in DOCS.values()},
    "api.fault_": {str(status) for doc in DOCS.values() for status in doc.faults},
    "calendar.summary_": ("confirmed", "tentative", "cancelled"),
    "decline.": DECLINES,
    "class.": CLASSES,
    "holder.": (REPRESENTATIVE, LEAD, ASSISTING),
    "button.": (*BUTTONS, *(name for name, _ in CLERKS_BUTTONS)),
    "clock.": Kind,
    "why.": reasons(),
    "ladder.": {step.replace("-", "_") for steps in LADDERS.values() for step in steps} - {"ask_again"},
    "assign_why.": everything_about("a candidate"),
    "level.": get_args(Level),
    "slot.of_": set(get_args(Limit.model_fields["unit"].annotation)) - set(NOT_A_SPAN),
    "reminder.": {reminder.text for reminder in read_office(Path("config/office")).reminders},
    "notice.": ("late_clerk", "late_office", "missed"),
    "pending.": ("hold", "unhold", "reword"),
    "form.": (
        "time",
        "mode",
        "place",
        "representatives",
        "name",
        "phone",
        "home",
        "confidential",
        "category",
        "attachments",
        "words",
        "answer",
        "proposal",
        "disposition",
        "unit",
        "due_on",
        "result",
        "suggestion",
        "told",
        "rating",
    ),
    "sheet.column_": COLUMNS,
    "mode.": MODES,
    "figures.column_": ("figure", "value", "of", "station", "date", "item", "note"),
    "figures.origin_": ("words", "page", "walk_in"),
    "figures.session_": BEGAN,
    "session.visitor_": ("booked", "waiting", "came"),
    "register.lacks_": ("category", "disposition", "answer"),
    "disposition.": DISPOSITIONS,
    "part.": PARTS,
    "figure.": (
        "sessions",
        "participation",
        "visits",
        "visitors",
        "entries",
        "received",
        "lifted",
        "punctual",
        *(f"disposition_{code}" for code in DISPOSITIONS),
    ),
    "place.": ("up", "eve", "moved", "dropped", "hours"),
    "news.": ("moved", "changed", "cancelled", "restored"),
    "duty.gap_": ("clerk", "office"),
    "swap.ask_": ("swap", "leave"),
    "swap.card_": ("agreed", "refused"),
    "swap.": ("yes", "no"),
    "push.new_": ("representative", "clerk"),
    "suggest.what_about_": {*SORTS.values(), "picture"},
    "preview.": set(foreseeing.TO.values()),
    "unit.": unit.STEPS,
    "unit_next.": unit.STEPS,
    "rep_nav.": ("cases", "duty", "record"),
    "rep_next.": ("sign", "visit", "answer"),
    "rep_deed.": own_desk.DEEDS,
    "rep_did.": own_desk.DEEDS,
    "rep_number.": ("cases", "over", "held", "late", "answered", "public", "visits", "attended"),
    "push_state.": (
        "waiting",
        "held",
        "sending",
        "prepared",
        "sent",
        "parked",
        "refused",
        "cancelled",
    ),  # tables.py, outgoing.state
    "channel.": {*CHANNELS, "none"},
    "reason.weight_": tuple(CLOCKS),
    "card.": ("accepted", "returned", "transferred", "replied", "admitted", "declined", "moved", "withdrawn", "closed"),
    "todo.": (
        "triage",
        "assign",
        "returned",
        "overdue",
        "untold",
        "untold_decline",
        "close",
        "sign",
        "answer",
        "opinion",
    ),
    "done.": {*DO, "opinion", "excuse_decline"} - {"admit_to_best", "alike", "why", "story"},
    "staff.ask_": ("transfer", "assign"),
    "door.": DECLINES,
    "story.": {*MOVES, OFFER} - set(STORY),
    "reason.": {
        *VALUES,
        *STAGES,
        *DECLINES,
        "three_alike",
        "dissatisfied_again",
        "overdue",
        "office",
        "no_rating",
        "rated",
        "merged",
        "sealed",
        "rehandled",
        "erased",
        *(step.replace("-", "_") for steps in LADDERS.values() for step in steps),
    }
    - {"ask_again"},
    "unreached.": (NO_ADDRESS, NEXT_CONTACT, EXPIRED, ABANDONED),
    "rating.reason_": REASONS.values(),
    "rating.taken_": VALUES,
    "link.state.": State,
    "link.over.": OVER,
    "link.deed.": DEEDS,
    "link.meeting.": (*STAGES, *MEETING_MODES),
    "link.story.": STORY,
    "password.": ("short", "long", "name", "simple", "known", "again", "old", "same", "tried_often"),
    "sign_in.": ("wrong_code", "tried_often"),
    "grant.": (Role.CLERK, Role.OFFICE, Role.UNIT, Role.AUDITOR),
    "deed.": by_desk.DEEDS,
    "deed_why.": by_desk.DEEDS,
    "did.": by_desk.DEEDS,
    "deed_reason.": ("return", "excuse", "pause", "release", "unmerge", "reconsider", "unpublish"),
    "meet_mode.": MEETING_MODES,
    "reply_like.": CLASSES,
    "reply_like_name.": CLASSES,
    "reply_about.": {code for code in TOPICS if f"reply_about.{code}" in TEXTS},  # a topic may have none
    "pile.": desk.STEPS,
    "pile_next.": desk.STEPS,
    "cases.": GROUPS,
    "mark.": MARKS,
    "case.file.": ("image", "voice", "video", "file", "link", "place", "text"),
    "people.deed_": people.DEEDS,
    "table.": ("suffix", "empty", "long", "quotes", "workbook", "encoding", "head", "column", "column_twice"),
    "table.fate_": ("new", "changed", "same", "wrong"),
    "text_example.": sentences.EXAMPLES,
    "office_kind.": FORMS,
    "office_about.": FORMS,
    "office_off.": ADDABLE,
    "office.new_": ADDABLE,
    "office.did_": office.DEEDS,
    "office_fault.": {*WORDS.values(), "date", "shape", *fault_codes()},
    "field.": {field.name for fields in FORMS.values() for field in fields},
    "field_hint.": {
        "code",
        "addresses",
        "identities",
        "area",
        "quiet_from",
        "daily_cap",
        "source",
        "as_of",
        "pledge",
        "parent",
        "phone",
    },
    "station_kind.": get_args(StationKind),
    "unit_of.": get_args(Limit.model_fields["unit"].annotation),
    "limit_why.": {limit.code for limit in read_office(Path("config/office")).limits},
    "bulk.": bulk.UNDO,
    "bulk.will_": bulk.UNDO,
    "bulk.done_": (*bulk.UNDO, *bulk.UNDO.values()),
    "outbox.": (*outbox.DEEDS, *TABS),
    "outbox.did_": outbox.DEEDS,
    "outbox_next.": TABS,
    "reception_page.tab_": reads_days.TABS,
    "day_state.": (*reads_days.AHEAD, "cancelled", *BEGAN),
    "seat_state.": ("seated", "excused", "swapped", "released", "attended", "absent"),  # tables, duty.state
    "day.": day_desk.DECISIONS,
    "day_why.": day_desk.DECISIONS,
    "day.will_": day_desk.DECISIONS,
    "day.did_": day_desk.DEEDS,
    "register_page.did_": register_desk.DEEDS,
    "entry_page.": register_desk.OF_AN_ENTRY,
    "entry_page.did_": register_desk.OF_AN_ENTRY,
    "entry_why.": ("lift", "seal", "unseal", "void"),
    "rule_says.": ("month", "week", "nth", "dates"),
    "rule_nth.": ruleform.NTHS,
    "rule_week.": ruleform.NTHS,
    "rule_policy.": ruleform.POLICIES,
    "rule_season.": ruleform.SEASON_WORDS,
    "rule_number.": ruleform.NUMBERS,
    "rule_fault.": ruleform.FAULTS,
    "faq_page.tab_": ("all", "misses", "try", "file"),
    "faq_state.": reads_faq.STATES,
    "faq_origin.": reads_faq.ORIGINS,
    "misses_page.": ("drop", "undo", "reopen"),
    "misses_page.tab_": reads_faq.TABS,
    "misses_page.became_": ("wording", "entry"),
    "misses_page.did_": faq_misses.DEEDS,
    "faq_does.": faq_try.DOES,
    "faq_sounds.": {*Intent, "unsure", "command"},
    "channels.": ("scene", "chat", "speak"),
    "channels.every_": {str(limit.window_s) for limits in LIMITS.values() for limit in limits},
    "channels.remedy_": Remedy,
    "count.": (*FIGURES, *HOLDER_FIGURES, *RECEPTION, "attended"),
    "count_why.": (*FIGURES, *HOLDER_FIGURES, *RECEPTION, "attended"),
    "learning_state.": ("active", "retired", "rejected"),
    "wait.": {name for name, _, _ in SPREAD},
    "board_kind.": board_rows.KINDS,
    "board.rows_": board_rows.PARTS,
    "sheet_board.": ("figure", "value", "of", "how", "number", "place", "subject", "state", "came"),
    "menu.": {page.menu for page in console.PAGES} - {""},
    "sorry.": page._SORRY,
    "sorry_next.": page._SORRY,
    "link.role.": {*Role, "staff"},  # "staff": who saw a case before it had a way of its own
}
NOT_SAID_YET = {
    "assign_why.",
    "push_state.",
    "channel.",
}  # rules/assigning gives the reasons; a page that suggests a representative shows them
# facts gathered elsewhere: by the one who refuses, by the one who explains
GATHERED = {"refused.", "refused_here.", "why.", "georeport.", "office_fault."}


def codes_said(call: Call) -> set[str]:
    return call.codes or {f"{call.beginning}{each}" for each in PUT_TOGETHER.get(call.beginning, ())}


@pytest.mark.parametrize("call", SAID, ids=lambda call: call.place)
def test_whatever_is_said_stands_in_the_texts(call):
    assert call.codes or call.beginning in PUT_TOGETHER, f"{call.place}: which sentence is it?"
    assert sorted(code for code in codes_said(call) if code not in TEXTS) == []


@pytest.mark.parametrize(("beginning", "ends"), PUT_TOGETHER.items(), ids=PUT_TOGETHER)
def test_a_code_that_is_put_together_has_a_sentence_for_every_ending(beginning, ends):
    assert sorted(end for end in ends if f"{beginning}{end}" not in TEXTS) == []


def test_a_page_says_only_what_stands_in_the_texts():
    assert PAGES
    assert sorted(code for code, more in PAGES if (code not in PUT_TOGETHER if more else code not in TEXTS)) == []


def test_no_sentence_stands_there_that_nobody_says():
    said = {code for call in SAID for code in codes_said(call)} | {code for code, more in PAGES if not more}
    beginnings = {code for code, more in PAGES if more} | NOT_SAID_YET
    said |= {f"{beginning}{end}" for beginning in beginnings for end in PUT_TOGETHER.get(beginning, ())}
    assert sorted(set(TEXTS.codes()) - said) == []


@pytest.mark.parametrize("call", [call for call in SAID if call.codes], ids=lambda call: call.place)
def test_a_sentence_asks_only_for_what_its_caller_gives(call):
    assert call.facts is not None, f"{call.place}: give the facts by name"
    lacking = {code: asked(code) - call.facts for code in call.codes}
    assert {code: names for code, names in lacking.items() if names} == {}


@pytest.mark.parametrize("beginning", sorted(PUT_TOGETHER.keys() - GATHERED))
def test_a_sentence_whose_code_is_put_together_asks_only_for_what_one_of_its_callers_gives(beginning):
    given_there = [call.facts for call in SAID if call.beginning == beginning] or [frozenset()]
    asked_there = {end: asked(f"{beginning}{end}") for end in PUT_TOGETHER[beginning]}
    assert {end: names for end, names in asked_there.items() if not any(names <= each for each in given_there)} == {}


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.place)
def test_a_refusal_asks_only_for_what_everybody_who_refuses_so_gives(refusal):
    assert refusal.codes, f"{refusal.place}: name the refusal where it is raised"
    assert refusal.facts is not None
    assert {code for code in refusal.codes if asked(f"refused.{code}") - refusal.facts} == set()


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.place)
def test_a_fault_gives_programs_all_its_sentence_asks_for(fault):
    assert {code for code in fault.codes if asked(f"georeport.{code}") - fault.facts} == set()


@pytest.mark.parametrize(("code", "facts"), sorted(reasons().items()), ids=sorted(reasons()))
def test_a_reason_for_a_day_tells_all_it_knows(code, facts):
    assert asked(f"why.{code}") == facts


@pytest.mark.parametrize("code", [code for code in TEXTS.codes() if code.startswith("refused_here.")])
def test_a_refusal_on_a_page_says_the_same_as_in_a_chat_but_sends_nobody_there(code):
    assert asked(code) <= asked(code.replace("refused_here", "refused"))
    assert not re.search("请发|再发一次|发“", TEXTS._sentences[code])


@pytest.mark.parametrize("code", [code for code in TEXTS.codes() if code.startswith("told.") and code not in PIECES])
def test_whoever_is_told_of_a_step_hears_the_number_and_the_subject(code):
    assert {"number", "subject"} <= asked(code)


def test_every_word_to_a_person_names_a_step_a_voter_is_told_of():
    steps = {code.removeprefix("told.").partition("_")[0] for code in TEXTS.codes() if code.startswith("told.")}
    assert steps - {"lacks", "opinion", "rate"} <= OUTWARD


def test_a_reply_ends_with_the_question_how_it_was():
    assert TEXTS._sentences["told.reply"].endswith("请评价：1 满意 2 基本满意 3 不满意")
    assert "请评价" not in TEXTS._sentences["told.reply_joiner"], "only who asked is asked"


DOORS = re.compile("法院|劳动人事争议仲裁|信访|12345|110|本人自行办理|请补充具体时间、地点|联络站")


@pytest.mark.parametrize("code", DECLINES)
def test_who_is_turned_away_hears_why_and_which_door_is_right(code):
    words = TEXTS(f"decline.{code}")
    assert words.startswith("原因：")
    assert DOORS.search(words)


@pytest.mark.parametrize("code", TEXTS.codes())
def test_no_sentence_promises_an_outcome_decides_for_a_representative_or_wants_a_receipt(code):
    words = TEXTS._sentences[code]
    for phrase in ("代表决定", "代表会解决", "代表负责解决", "代表批准", "保证解决", "一定解决", "马上解决", "包您",
                   "收到请回复", "收到请回"):  # fmt: skip
        assert phrase not in words
    assert len(words) <= 300, "a chat is no letter"
