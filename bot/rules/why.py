"""Say why a clock is due on its day, as facts a text can turn into words and a reader can count after."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from bot.rules.calendar import ONE_DAY, WorkingDays
from bot.rules.deadlines import Clock, Due, Unit, due_on, last_day, rest_before_pause

WEEKDAYS = "一二三四五六日"


@dataclass(frozen=True, slots=True)
class Fact:
    """One reason: the key of its text below `why`, and what that text needs."""

    code: str
    facts: Mapping[str, object]

    def words(self) -> dict[str, str]:
        """Return the facts as people say them: 2026年2月24日（星期二）, and sources without our mark of kind."""
        return {name: _spoken(value) for name, value in self.facts.items()}


def explain(clock: Clock, days: WorkingDays) -> tuple[Fact, ...]:
    """Return why it is due that day, from the start to the date, in the order it is told."""
    due = due_on(clock, days)
    return (*_given(clock), *_calendar(clock, due, days), *_outcome(clock, due, days))


def _given(clock: Clock) -> Iterator[Fact]:
    """What people decided: the start, the span, extensions and pauses."""
    span = clock.span
    yield Fact("start", {"on": clock.started_on})
    yield Fact(f"span_{span.unit}", {"value": span.value, "source": span.source, "as_of": span.as_of})
    for change in clock.reweighed[-1:]:  # the span it has now came with the last one
        yield Fact("reweighed", {"at": change.at})
    for more in clock.extensions:
        yield Fact(f"extension_{more.unit}", {"value": more.value, "reason": more.reason, "at": more.at})
    for pause in clock.pauses:
        if pause.until_on is not None:
            facts = {"from_on": pause.from_on, "until_on": pause.until_on, "reason": pause.reason}
            yield Fact("pause", facts)


def _calendar(clock: Clock, due: Due, days: WorkingDays) -> Iterator[Fact]:
    """What the calendar decided: holidays and make-up days in between, and a last day that was a rest day."""
    last = last_day(clock, days)
    if due.on is None or last is None:
        return
    if clock.span.unit is Unit.WORKING_DAY:
        first = clock.started_on + ONE_DAY
    else:
        first = rest_before_pause(clock, days) or last
    for off in days.holidays(first, due.on):
        if off.first == off.last:
            yield Fact("holiday_day", {"name": off.name, "on": off.first})
        else:
            yield Fact("holiday", {"name": off.name, "first": off.first, "last": off.last})
    for on, name in days.made_up(first, due.on):
        yield Fact("made_up", {"name": name, "on": on})
    if last != due.on:
        yield Fact("shift", {"last": last, "on": due.on})


def _outcome(clock: Clock, due: Due, days: WorkingDays) -> Iterator[Fact]:
    if due.on is None:
        yield Fact("stands_still", {"since": due.since, "reason": due.reason})
        return
    if due.provisional:
        unpublished = sorted(set(range((clock.started_on + ONE_DAY).year, due.on.year + 1)) - days.years)
        yield Fact("provisional", {"years": "、".join(map(str, unpublished))})
    yield Fact("due", {"on": due.on})


def _spoken(value: object) -> str:
    if isinstance(value, date):
        return f"{value.year}年{value.month}月{value.day}日（星期{WEEKDAYS[value.weekday()]}）"
    words = str(value)
    return words.partition("] ")[2] if words.startswith("[") else words  # "[P] 代表法…" in limits.toml
