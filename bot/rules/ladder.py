"""Say who is to hear that a clock runs out or has run out: the holder, then the clerk, then the office."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from bot.rules.calendar import ONE_DAY, WorkingDays
from bot.rules.deadlines import Clock, Kind, Limits, after, due_on, soon_on


@dataclass(frozen=True, slots=True)
class Step:
    """One step up: who hears it, and the span after which step (empty: on the due day itself)."""

    to: str  # holder, clerk, office, voter
    counted_from: str  # due, urge-after
    span: str


#    step           who hears         counted from   span             source
STEPS = {
    "urge-after": Step("holder",      "due",         "urge-after"),   # 各地规定：到期次日催办
    "to-clerk":   Step("clerk",       "urge-after",  "clerk-notice"),  # 本项目约定
    "to-office":  Step("office",      "urge-after",  "office-notice"),  # 各地规定：再过 5 个工作日
    "ask-again":  Step("voter",       "due",         ""),             # 本项目约定：只再问一次
}  # fmt: skip

ALL = ("urge-before", "urge-after", "to-clerk", "to-office")
#   clock              its steps, lowest first
LADDERS = {
    Kind.TRIAGE:    ("urge-after", "to-office"),  # its holder is the clerk
    Kind.ACCEPT:    ("urge-after", "to-clerk", "to-office"),
    Kind.RETURN:    (),  # a right that lapses; nobody is late
    Kind.OPINION:   ALL,
    Kind.STATUTORY: ALL,
    Kind.PROMISED:  ALL,
    Kind.REHANDLE:  ALL,
    Kind.RATING:    ("ask-again",),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rung:
    """A step that is due: its name, who hears it, since when, and the end of the key that makes it once."""

    step: str
    to: str
    due_on: date
    key: str
    provisional: bool


def ladder(clock: Clock, today: date, days: WorkingDays, limits: Limits) -> tuple[Rung, ...]:
    """Return the steps due today or since, lowest first; none for a clock that stands still or was met."""
    due = due_on(clock, days).on
    if due is None or clock.met_on or clock.stands_still(today):
        return ()
    plan = [(step, _step_on(step, clock, due, days, limits)) for step in LADDERS[clock.kind]]
    return tuple(
        _rung(clock, step, on, days) for step, on in plan if on and on <= today and _makes_sense(step, today, due)
    )


def _step_on(step: str, clock: Clock, due: date, days: WorkingDays, limits: Limits) -> date | None:
    if step == "urge-before":
        return soon_on(clock, due, days, limits)
    rule = STEPS[step]
    start = due if rule.counted_from == "due" else after(due, limits[STEPS[rule.counted_from].span], days)
    return after(start, limits[rule.span], days) if rule.span else start


def _makes_sense(step: str, today: date, due: date) -> bool:
    return step != "urge-before" or today <= due  # after the day nobody is told that it is near


def _rung(clock: Clock, step: str, on: date, days: WorkingDays) -> Rung:
    to = STEPS[step].to if step in STEPS else "holder"
    key = step if clock.round == 1 else f"{step}-{clock.round}"
    return Rung(step, to, on, key, provisional=not days.published(clock.started_on + ONE_DAY, on))
