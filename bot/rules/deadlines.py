"""Say when a case is due: clocks that run, stand still, are made longer and are met."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from bot.errors import Refused
from bot.rules.calendar import NEXT, ONE_DAY, PREVIOUS, WorkingDays, months_after


class Unit(StrEnum):
    """What a span counts, in the words of limits.toml."""

    WORKING_DAY = "working_days"  # 工作日
    CALENDAR_DAY = "days"  # 日
    MONTH = "months"  # 月


class Kind(StrEnum):
    """Which clock of a case it is."""

    TRIAGE = "triage"  # 审核
    ACCEPT = "accept"  # 签收
    RETURN = "return"  # 承办单位可以退回
    OPINION = "opinion"  # 协办意见
    STATUTORY = "statutory"  # 法定答复
    PROMISED = "promised"  # 承诺答复
    REHANDLE = "rehandle"  # 重新办理
    RATING = "rating"  # 等评价


class Status(StrEnum):
    """How a clock stands."""

    RUNNING = "running"
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"
    PAUSED = "paused"
    MET_IN_TIME = "met_in_time"
    MET_LATE = "met_late"


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time the office set, with where it comes from and since when."""

    code: str
    value: int
    unit: Unit
    source: str
    as_of: date


Limits = Mapping[str, Span]  # the office's numbers, by code


@dataclass(frozen=True, slots=True)
class Longer:
    """How long a span may become, and what that takes."""

    most: str  # code of the span it may reach, once
    consent: bool  # of the proposer (for a 代表建议: the representative)
    notice: bool  # in writing


#    span             at most                     takes                            source
LONGER = {
    "formal-reply": Longer("wide-reply",       consent=True,  notice=True),   # 代表法第五十一条；各地规定：同意、告知
    "simple-reply": Longer("hard-reply",       consent=False, notice=False),  # 各地规定：5、10 个工作日
    "rehandle":     Longer("rehandle-longest", consent=True,  notice=False),  # 各地规定：15 日到 2 个月
}  # fmt: skip

# Re-routing a case keeps its number and its clock (domain.md §3): these two never begin again.
ONCE = frozenset({Kind.STATUTORY, Kind.PROMISED})


@dataclass(frozen=True, slots=True)
class Extension:
    """What a clock was given on top, in the unit of its span."""

    value: int
    unit: Unit
    reason: str
    consent: bool
    at: date
    notice: str = ""  # number or place of the written notice


@dataclass(frozen=True, slots=True)
class Reweighed:
    """A change of the span itself, because the matter turned out easier or harder than it was taken for."""

    before: str  # code of the span it had
    at: date


@dataclass(frozen=True, slots=True)
class Pause:
    """A time that does not count: from the first such day to the day the clock runs again, which counts."""

    from_on: date
    until_on: date | None
    reason: str

    def covers(self, day: date) -> bool:
        """Whether the clock stands still on that day."""
        return self.from_on <= day and (self.until_on is None or day < self.until_on)


@dataclass(frozen=True, slots=True)
class Clock:
    """One clock of a case, as it is stored; every change makes a new one."""

    kind: Kind
    started_on: date  # not counted itself (民法典第二百零一条)
    span: Span
    extensions: tuple[Extension, ...] = ()
    pauses: tuple[Pause, ...] = ()  # in order, none within another
    met_on: date | None = None
    reweighed: tuple[Reweighed, ...] = ()

    @property
    def length(self) -> int:
        """Return how long it runs with its extensions, in the unit of its span."""
        return self.span.value + sum(more.value for more in self.extensions)

    @property
    def open_pause(self) -> Pause | None:
        """Return the pause that has no end yet."""
        return next((pause for pause in self.pauses if pause.until_on is None), None)

    @property
    def round(self) -> int:
        """Return how often its due day was set, from 1: what was said of the day before is said anew."""
        ended = sum(pause.until_on is not None for pause in self.pauses)
        return 1 + len(self.extensions) + len(self.reweighed) + ended

    def stands_still(self, day: date) -> bool:
        """Whether that day does not count."""
        return any(pause.covers(day) for pause in self.pauses)


@dataclass(frozen=True, slots=True)
class Due:
    """The day a clock runs out; none while it stands still, then since when and why."""

    on: date | None
    provisional: bool = False  # a year without published holidays lies in between
    since: date | None = None
    reason: str = ""


# ---- when ----


def due_on(clock: Clock, days: WorkingDays) -> Due:
    """Return when it is due, never a rest day; paused time does not count, and an open pause leaves no date."""
    last = last_day(clock, days)
    if last is None:
        pause = clock.open_pause
        assert pause is not None
        return Due(None, since=pause.from_on, reason=pause.reason)
    due = days.move(last, NEXT)
    return Due(due, provisional=not days.published(clock.started_on + ONE_DAY, due))


def last_day(clock: Clock, days: WorkingDays) -> date | None:
    """Return the day the span ends, be it a rest day; none if it never does because a pause is open."""
    if clock.span.unit is Unit.WORKING_DAY:
        return _last_working_day(clock, days)
    return _last_calendar_day(clock, days)


def after(day: date, span: Span, days: WorkingDays) -> date:
    """Return the day a span later, on a rest day the next working day (民法典第二百零三条)."""
    return days.move(_later(day, span.value, span.unit, days), NEXT)


def before(day: date, span: Span, days: WorkingDays) -> date:
    """Return the day a span earlier, on a rest day the working day before it."""
    return days.move(_later(day, -span.value, span.unit, days), PREVIOUS)


def _last_working_day(clock: Clock, days: WorkingDays) -> date | None:
    at, left, pause = clock.started_on, clock.length, clock.open_pause
    while left:
        at += ONE_DAY
        if pause is not None and pause.covers(at):
            return None
        left -= days.works(at) and not clock.stands_still(at)
    return at


def _last_calendar_day(clock: Clock, days: WorkingDays) -> date | None:
    last = _later(clock.started_on, clock.length, clock.span.unit, days)
    for pause in clock.pauses:
        if pause.from_on > days.move(last, NEXT):
            break  # it ran out before
        if pause.until_on is None:
            return None
        first = max(pause.from_on, clock.started_on + ONE_DAY)
        stood = max(pause.until_on - first, timedelta(0))
        last = max(last, first) + stood if stood else last
    return last


def rest_before_pause(clock: Clock, days: WorkingDays) -> date | None:
    """Return the rest day on which a calendar span ended, if a pause began before the working day it moved on to."""
    last = _later(clock.started_on, clock.length, clock.span.unit, days)
    for pause in clock.pauses:
        if pause.until_on is None or pause.from_on > days.move(last, NEXT):
            return None
        first = max(pause.from_on, clock.started_on + ONE_DAY)
        stood = max(pause.until_on - first, timedelta(0))
        if stood and first > last:
            return last
        last = max(last, first) + stood if stood else last
    return None


def _later(day: date, n: int, unit: Unit, days: WorkingDays) -> date:
    if unit is Unit.WORKING_DAY:
        return days.add(day, n)[0]
    return months_after(day, n) if unit is Unit.MONTH else day + timedelta(days=n)


# ---- how it stands ----


def days_left(clock: Clock, today: date, days: WorkingDays) -> int:
    """Return the days left, working or calendar as its span counts, below zero if late; kept while paused or met."""
    today = min(today, clock.met_on or today)
    due = due_on(_as_if_resumed(clock, today + ONE_DAY), days).on
    assert due is not None
    return days.between(today, due) if clock.span.unit is Unit.WORKING_DAY else (due - today).days


def status(clock: Clock, today: date, days: WorkingDays, limits: Limits) -> Status:
    """Return how it stands; it is due soon from the day its holder is urged, at the latest on the day itself."""
    due = due_on(clock, days).on
    if clock.met_on:
        return Status.MET_IN_TIME if due is None or clock.met_on <= due else Status.MET_LATE
    if due is None or clock.stands_still(today):
        return Status.PAUSED
    if today > due:
        return Status.OVERDUE
    return Status.DUE_SOON if today >= (soon_on(clock, due, days, limits) or due) else Status.RUNNING


def soon_on(clock: Clock, due: date, days: WorkingDays, limits: Limits) -> date | None:
    """Return the day its holder is urged before it is due; none if it is too short for that."""
    day = before(due, limits["urge-before"], days)
    return day if clock.started_on < day < due else None


def _as_if_resumed(clock: Clock, on: date) -> Clock:
    pause = clock.open_pause
    if pause is None:
        return clock
    return replace(clock, pauses=(*clock.pauses[:-1], replace(pause, until_on=max(on, pause.from_on))))


# ---- what is done to it ----


def pause(clock: Clock, on: date, reason: str, days: WorkingDays) -> Clock:
    """Return the clock standing still from that day; raises Refused if it does so already or has run out."""
    _not_met(clock)
    _with_reason("pause", reason)
    if still := clock.open_pause:
        raise Refused("clock_paused_already", since=still.from_on, why=still.reason)
    first = max([clock.started_on, *(past.until_on for past in clock.pauses if past.until_on)])
    _not_before(first, on)
    due = due_on(clock, days).on
    if due is not None and on > due:
        raise Refused("clock_ran_out", due=due)  # pausing must not hide that it is late
    return replace(clock, pauses=(*clock.pauses, Pause(on, None, reason)))


def resume(clock: Clock, on: date) -> Clock:
    """Return the clock running again, that day counted; raises Refused if it was running."""
    _not_met(clock)
    if clock.open_pause is None:
        raise Refused("clock_not_paused")
    _not_before(clock.open_pause.from_on, on)
    return _as_if_resumed(clock, on)


def extend(clock: Clock, more: Extension, days: WorkingDays, limits: Limits) -> Clock:
    """Return the clock made longer; raises Refused unless LONGER allows it and what that takes is there."""
    _not_met(clock)
    _with_reason("extend", more.reason)
    rule = LONGER.get(clock.span.code)
    if rule is None:
        raise Refused("clock_cannot_be_longer", span=clock.span.code)
    if clock.extensions:
        raise Refused("clock_longer_already", at=clock.extensions[0].at)
    if rule.consent and not more.consent:
        raise Refused("extension_needs_consent")
    if rule.notice and not more.notice.strip():
        raise Refused("extension_needs_notice")
    _not_before(clock.started_on, more.at)
    due = due_on(clock, days).on
    if due is not None and more.at > due:
        raise Refused("clock_ran_out", due=due)
    longer = replace(clock, extensions=(more,))
    _within(longer, more, limits[rule.most], days)
    return longer


def reweigh(clock: Clock, on: date, span: Span) -> Clock:
    """Return the clock with another span, counted from its own start; raises Refused if it was made longer or met."""
    _not_met(clock)
    if clock.extensions:
        raise Refused("clock_longer_already", at=clock.extensions[0].at)
    return replace(clock, span=span, reweighed=(*clock.reweighed, Reweighed(clock.span.code, on)))


def restart(clock: Clock, on: date, span: Span | None = None) -> Clock:
    """Return a fresh clock of its kind from that day; raises Refused for the two that a case has only once."""
    if clock.kind in ONCE:
        raise Refused("clock_keeps_running", kind=clock.kind)
    _not_before(clock.started_on, on)
    return Clock(clock.kind, on, span or clock.span)


def meet(clock: Clock, on: date) -> Clock:
    """Return the clock as met on that day, which also ends a pause; raises Refused if it was met before."""
    _not_met(clock)
    _not_before(clock.started_on, on)
    return replace(_as_if_resumed(clock, on), met_on=on)


def _not_met(clock: Clock) -> None:
    if clock.met_on:
        raise Refused("clock_met_already", on=clock.met_on)


def _with_reason(move: str, reason: str) -> None:
    if not reason.strip():
        raise Refused("needs_reason", move=move)


def _not_before(first: date, on: date) -> None:
    if on < first:
        raise Refused("clock_day_too_early", on=on, first=first)


def _within(longer: Clock, more: Extension, most: Span, days: WorkingDays) -> None:
    """Refuse what counts otherwise than the span, adds nothing, or ends after the longest span would."""
    if more.unit is not longer.span.unit or more.value <= 0:
        raise Refused("extension_counts_otherwise", unit=longer.span.unit)
    ends = _later(longer.started_on, longer.length, longer.span.unit, days)
    if ends > _later(longer.started_on, most.value, most.unit, days):
        raise Refused("extension_too_long", most=most.value, unit=most.unit, source=most.source)
