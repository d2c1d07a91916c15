"""A clock says when it is due, stands still, grows by consent, urges in time and can be counted after."""

import tomllib
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.errors import Refused
from bot.rules.calendar import WorkingDays, months_after
from bot.rules.deadlines import (
    LONGER,
    Clock,
    Due,
    Extension,
    Kind,
    Pause,
    Span,
    Status,
    Unit,
    days_left,
    due_on,
    extend,
    meet,
    pause,
    restart,
    resume,
    status,
)
from bot.rules.ladder import LADDERS, STEPS, ladder
from bot.rules.why import explain
from config.holidays import published_days

PUBLISHED = list(published_days())
DAYS = WorkingDays.of({day.date: day.kind for day in PUBLISHED}, {day.date: day.name for day in PUBLISHED})
DAY = timedelta(days=1)
A = "[A] 本项目约定，可由办公室改"


def span_of(code, value, unit, source, as_of):
    return Span(code, value, Unit(unit), source, as_of)


OFFICE = {
    row["code"]: span_of(**row)
    for row in tomllib.loads(Path("config/office/limits.toml").read_text(encoding="utf-8"))["limit"]
    if row["unit"] in set(Unit)
}
# Codes an office may not have written yet.
LIMITS = {
    "rehandle-longest": Span("rehandle-longest", 2, Unit.MONTH, A, date(2026, 11, 24)),
    "clerk-notice": Span("clerk-notice", 1, Unit.WORKING_DAY, A, date(2026, 11, 24)),
} | OFFICE


def on(text):
    return date.fromisoformat(text)


def clock(code, started, kind=Kind.STATUTORY, **more):
    return Clock(kind, on(started), LIMITS[code], **more)


def working(value, started=date(2026, 11, 24), **more):
    return Clock(Kind.PROMISED, started, Span("simple-reply", value, Unit.WORKING_DAY, A, date(2026, 11, 24)), **more)


#    span                 started       due           by hand
DUE = [
    ("triage",            "2026-11-24", "2026-11-25"),
    ("triage",            "2026-02-13", "2026-02-14"),  # Saturday made up
    ("triage",            "2026-02-14", "2026-02-24"),  # 春节 15–23
    ("accept",            "2025-09-30", "2025-10-11"),  # 9 10 and Saturday the 11th
    ("accept",            "2025-12-31", "2026-01-06"),  # Sunday the 4th made up, 5 6
    ("unit-return",       "2026-09-18", "2026-09-29"),  # Sunday the 20th made up, 21 22 23 24, 中秋, 28 29
    ("simple-reply",      "2026-02-13", "2026-02-27"),
    ("simple-reply",      "2024-02-07", "2024-02-20"),  # 8 9, Sunday the 18th, 19 20
    ("hard-reply",        "2026-09-28", "2026-10-16"),  # 29 30, 8 9 10, 12 13 14 15 16
    ("formal-reply",      "2025-08-24", "2025-11-24"),
    ("formal-reply",      "2025-07-04", "2025-10-09"),  # 4 Oct lies in 国庆
    ("formal-reply",      "2024-11-30", "2025-02-28"),  # no 30 Feb
    ("wide-reply",        "2025-08-20", "2026-02-24"),  # 20 Feb lies in 春节
    ("assisting-opinion", "2026-01-31", "2026-02-28"),  # a Saturday that is worked
    ("rehandle",          "2026-01-15", "2026-02-24"),
    ("rating-again",      "2026-11-24", "2026-11-27"),
    ("rating-again",      "2026-11-25", "2026-11-30"),  # Saturday → Monday
]  # fmt: skip


@pytest.mark.parametrize(("code", "started", "due"), DUE)
def test_it_is_due_on_the_day_counted_by_hand(code, started, due):
    assert due_on(clock(code, started), DAYS) == Due(on(due))


def test_a_case_beyond_the_published_years_is_provisional():
    assert due_on(clock("formal-reply", "2026-11-30"), DAYS) == Due(date(2027, 3, 1), provisional=True)
    assert due_on(clock("hard-reply", "2026-12-20"), DAYS) == Due(date(2027, 1, 1), provisional=True)
    assert due_on(clock("hard-reply", "2026-12-17"), DAYS) == Due(date(2026, 12, 31))


def test_the_notice_for_the_year_makes_it_certain_and_may_move_it():
    late = clock("hard-reply", "2026-12-20")
    notice = {date(2027, 1, 1): "holiday", date(2027, 10, 1): "holiday"}
    assert due_on(late, WorkingDays.of({**DAYS.kinds, **notice})) == Due(date(2027, 1, 4))


# ---- pauses ----


def test_a_clock_standing_still_has_no_date_but_says_since_when_and_why():
    still = pause(working(5), on("2026-11-26"), "等专家论证", DAYS)
    assert due_on(still, DAYS) == Due(None, since=date(2026, 11, 26), reason="等专家论证")
    assert status(still, on("2026-12-20"), DAYS, LIMITS) is Status.PAUSED
    assert {days_left(still, on("2026-11-26") + n * DAY, DAYS) for n in range(40)} == {4}


def test_a_pause_over_a_week_moves_working_days_and_months_alike():
    assert due_on(resume(pause(working(5), on("2026-11-26"), "等", DAYS), on("2026-12-03")), DAYS).on == on(
        "2026-12-08"
    )
    formal = clock("formal-reply", "2025-08-24")
    assert due_on(resume(pause(formal, on("2025-09-01"), "等", DAYS), on("2025-09-08")), DAYS).on == on("2025-12-01")


def test_a_pause_on_the_last_day_leaves_the_last_day():
    formal = clock("formal-reply", "2026-07-02")  # ends 2 Oct, due 8 Oct
    for day in ("2026-10-02", "2026-10-08"):
        still = resume(pause(formal, on(day), "等", DAYS), on("2026-10-20"))
        assert due_on(still, DAYS).on == on("2026-10-20")


def test_a_pause_on_the_day_it_starts_counts_from_the_day_it_runs():
    still = resume(pause(clock("formal-reply", "2025-08-24"), on("2025-08-24"), "等", DAYS), on("2025-09-01"))
    assert due_on(still, DAYS).on == on("2025-12-01")  # as if started on 31 Aug: 7 days stood still, 1 Dec


# ---- what a rule says no to ----

PAUSED = pause(working(5), on("2026-11-26"), "等", DAYS)
MET = meet(working(5), on("2026-11-26"))
THREE_MORE = Extension(3, Unit.MONTH, "涉及面广", consent=True, at=on("2025-10-01"), notice="〔2025〕12 号")
FORMAL = clock("formal-reply", "2025-08-24")


@pytest.mark.parametrize(
    ("deed", "code"),
    [
        (lambda: pause(PAUSED, on("2026-11-27"), "等", DAYS), "clock_paused_already"),
        (lambda: resume(working(5), on("2026-11-27")), "clock_not_paused"),
        (lambda: resume(PAUSED, on("2026-11-25")), "clock_day_too_early"),
        (lambda: pause(working(5), on("2026-11-23"), "等", DAYS), "clock_day_too_early"),
        (lambda: pause(resume(PAUSED, on("2026-12-03")), on("2026-12-02"), "等", DAYS), "clock_day_too_early"),
        (lambda: pause(working(5), on("2026-12-02"), "等", DAYS), "clock_ran_out"),
        (lambda: pause(working(5), on("2026-11-26"), " ", DAYS), "needs_reason"),
        (lambda: pause(MET, on("2026-11-27"), "等", DAYS), "clock_met_already"),
        (lambda: resume(MET, on("2026-11-27")), "clock_met_already"),
        (lambda: meet(MET, on("2026-11-27")), "clock_met_already"),
        (lambda: meet(working(5), on("2026-11-23")), "clock_day_too_early"),
        (lambda: extend(MET, THREE_MORE, DAYS, LIMITS), "clock_met_already"),
        (lambda: extend(FORMAL, replace(THREE_MORE, reason=""), DAYS, LIMITS), "needs_reason"),
        (lambda: extend(FORMAL, replace(THREE_MORE, consent=False), DAYS, LIMITS), "extension_needs_consent"),
        (lambda: extend(FORMAL, replace(THREE_MORE, notice=""), DAYS, LIMITS), "extension_needs_notice"),
        (lambda: extend(FORMAL, replace(THREE_MORE, value=4), DAYS, LIMITS), "extension_too_long"),
        (lambda: extend(FORMAL, replace(THREE_MORE, value=0), DAYS, LIMITS), "extension_counts_otherwise"),
        (
            lambda: extend(FORMAL, replace(THREE_MORE, unit=Unit.CALENDAR_DAY), DAYS, LIMITS),
            "extension_counts_otherwise",
        ),
        (lambda: extend(FORMAL, replace(THREE_MORE, at=on("2025-11-25")), DAYS, LIMITS), "clock_ran_out"),
        (lambda: extend(FORMAL, replace(THREE_MORE, at=on("2025-08-23")), DAYS, LIMITS), "clock_day_too_early"),
        (lambda: extend(clock("wide-reply", "2025-08-24"), THREE_MORE, DAYS, LIMITS), "clock_cannot_be_longer"),
        (
            lambda: extend(clock("accept", "2025-10-01", Kind.ACCEPT), THREE_MORE, DAYS, LIMITS),
            "clock_cannot_be_longer",
        ),
        (lambda: restart(FORMAL, on("2025-10-01")), "clock_keeps_running"),
        (lambda: restart(clock("accept", "2025-10-01", Kind.ACCEPT), on("2025-09-30")), "clock_day_too_early"),
    ],
)
def test_a_rule_says_no_with_a_code(deed, code):
    with pytest.raises(Refused) as no:
        deed()
    assert no.value.code == code


def test_three_months_become_six_once_with_consent_and_notice():
    longer = extend(FORMAL, THREE_MORE, DAYS, LIMITS)
    assert due_on(longer, DAYS).on == on("2026-02-24")
    with pytest.raises(Refused) as no:
        extend(longer, replace(THREE_MORE, value=1), DAYS, LIMITS)
    assert no.value.code == "clock_longer_already"


def test_months_on_top_are_counted_from_the_start_and_keep_its_day():
    start = clock("formal-reply", "2025-11-30")  # three months: 28 Feb
    longer = extend(start, replace(THREE_MORE, at=on("2026-01-05")), DAYS, LIMITS)
    assert due_on(longer, DAYS).on == due_on(clock("wide-reply", "2025-11-30"), DAYS).on == on("2026-06-01")


def test_a_simple_matter_becomes_a_hard_one_without_asking():
    more = Extension(5, Unit.WORKING_DAY, "要现场查看", consent=False, at=on("2026-11-25"))
    assert due_on(extend(working(5), more, DAYS, LIMITS), DAYS) == due_on(working(10), DAYS)


def test_a_new_holder_gets_a_fresh_clock_to_accept():
    first = clock("accept", "2026-11-24", Kind.ACCEPT)
    again = restart(meet(pause(first, on("2026-11-25"), "等", DAYS), on("2026-11-26")), on("2026-11-26"))
    assert again == clock("accept", "2026-11-26", Kind.ACCEPT)


# ---- how it stands ----


@pytest.mark.parametrize(
    ("today", "stands", "left"),
    [
        ("2026-11-24", Status.RUNNING, 5),
        ("2026-11-25", Status.RUNNING, 4),
        ("2026-11-26", Status.DUE_SOON, 3),
        ("2026-11-29", Status.DUE_SOON, 2),  # a Sunday
        ("2026-12-01", Status.DUE_SOON, 0),
        ("2026-12-02", Status.OVERDUE, -1),
        ("2026-12-07", Status.OVERDUE, -4),
    ],
)
def test_it_stands_as_the_days_left_say(today, stands, left):
    assert status(working(5), on(today), DAYS, LIMITS) is stands
    assert days_left(working(5), on(today), DAYS) == left


def test_a_span_too_short_to_urge_is_due_soon_on_its_day_only():
    short = clock("accept", "2026-11-24", Kind.ACCEPT)
    assert status(short, on("2026-11-26"), DAYS, LIMITS) is Status.RUNNING
    assert status(short, on("2026-11-27"), DAYS, LIMITS) is Status.DUE_SOON


@pytest.mark.parametrize(("day", "stands"), [("2026-12-01", Status.MET_IN_TIME), ("2026-12-02", Status.MET_LATE)])
def test_what_is_met_stays_met(day, stands):
    done = meet(working(5), on(day))
    assert status(done, on("2027-03-01"), DAYS, LIMITS) is stands
    assert days_left(done, on("2027-03-01"), DAYS) == days_left(done, on(day), DAYS)


def test_an_answer_during_a_pause_is_in_time():
    done = meet(PAUSED, on("2026-12-20"))
    assert status(done, on("2026-12-20"), DAYS, LIMITS) is Status.MET_IN_TIME
    assert done.open_pause is None


# ---- the ladder ----


def keys(which, today):
    return [rung.key for rung in ladder(which, on(today), DAYS, LIMITS)]


@pytest.mark.parametrize(
    ("today", "steps"),
    [
        ("2026-11-25", []),
        ("2026-11-26", ["urge-before"]),
        ("2026-12-01", ["urge-before"]),
        ("2026-12-02", ["urge-after"]),
        ("2026-12-03", ["urge-after", "to-clerk"]),
        ("2026-12-08", ["urge-after", "to-clerk"]),
        ("2026-12-09", ["urge-after", "to-clerk", "to-office"]),
        ("2026-12-30", ["urge-after", "to-clerk", "to-office"]),
    ],
)
def test_the_holder_is_urged_then_the_clerk_hears_then_the_office(today, steps):
    assert keys(working(5), today) == steps


def test_a_service_that_slept_names_the_day_each_step_was_due():
    rungs = ladder(working(5), on("2026-12-30"), DAYS, LIMITS)
    assert [(rung.to, str(rung.due_on)) for rung in rungs] == [
        ("holder", "2026-12-02"),
        ("clerk", "2026-12-03"),
        ("office", "2026-12-09"),
    ]


def test_nobody_is_urged_on_a_holiday():
    late = working(3, on("2025-09-26"))  # due on 30 Sep, before 国庆
    assert keys(late, "2025-10-08") == []
    assert keys(late, "2025-10-09") == ["urge-after"]


def test_nobody_is_urged_while_it_stands_still_or_once_it_is_met():
    assert keys(PAUSED, "2027-01-05") == keys(MET, "2027-01-05") == []


def test_a_new_due_day_is_urged_anew_under_a_new_key():
    again = resume(PAUSED, on("2026-12-03"))
    assert keys(again, "2026-12-08") == ["urge-before-2"]
    assert keys(again, "2026-12-09") == ["urge-after-2"]


def test_a_voter_is_asked_again_once_and_a_lapsed_right_urges_nobody():
    assert keys(clock("rating-again", "2026-11-24", Kind.RATING), "2026-12-24") == ["ask-again"]
    assert keys(clock("unit-return", "2026-11-24", Kind.RETURN), "2026-12-24") == []
    assert keys(clock("triage", "2026-11-24", Kind.TRIAGE), "2026-12-24") == ["urge-after", "to-office"]


def test_a_rung_after_new_year_is_provisional():
    rungs = ladder(clock("simple-reply", "2026-12-23"), on("2027-01-11"), DAYS, LIMITS)
    assert [rung.provisional for rung in rungs] == [due.year == 2027 for due in (rung.due_on for rung in rungs)]
    assert rungs[-1].provisional


def test_every_clock_has_a_ladder_of_known_steps():
    assert set(LADDERS) == set(Kind)
    assert {step for steps in LADDERS.values() for step in steps} == {*STEPS, "urge-before"}
    assert {rule.most for rule in LONGER.values()} | {step.span for step in STEPS.values() if step.span} <= set(LIMITS)


# ---- why ----


def test_the_reason_is_told_in_order_with_names():
    still = resume(pause(clock("hard-reply", "2026-02-12"), on("2026-02-25"), "等鉴定", DAYS), on("2026-02-27"))
    told = [(fact.code, fact.words()) for fact in explain(still, DAYS)]
    assert told == [
        ("start", {"on": "2026年2月12日（星期四）"}),
        (
            "span_working_days",
            {"value": "10", "source": "各地公开的代表建议办理规定，取常见值", "as_of": "2026年11月24日（星期二）"},
        ),
        ("pause", {"from_on": "2026年2月25日（星期三）", "until_on": "2026年2月27日（星期五）", "reason": "等鉴定"}),
        ("holiday", {"name": "春节", "first": "2026年2月15日（星期日）", "last": "2026年2月23日（星期一）"}),
        ("made_up", {"name": "春节调休上班", "on": "2026年2月14日（星期六）"}),
        ("made_up", {"name": "春节调休上班", "on": "2026年2月28日（星期六）"}),
        ("due", {"on": "2026年3月6日（星期五）"}),
    ]


def test_a_month_clock_says_why_it_left_the_holiday():
    told = {fact.code: fact.facts for fact in explain(clock("formal-reply", "2025-07-04"), DAYS)}
    assert list(told) == ["start", "span_months", "holiday", "shift", "due"]
    assert told["holiday"]["name"] == "国庆节、中秋节"
    assert told["shift"] == {"last": on("2025-10-04"), "on": on("2025-10-09")}


def test_what_is_not_certain_and_what_stands_still_is_said():
    assert [
        fact.words() for fact in explain(clock("formal-reply", "2026-11-24"), DAYS) if fact.code == "provisional"
    ] == [{"years": "2027"}]
    assert explain(PAUSED, DAYS)[-1].words() == {"since": "2026年11月26日（星期四）", "reason": "等"}


# ---- laws over two years ----

STARTS = st.dates(date(2025, 1, 1), date(2026, 12, 31))


@st.composite
def spans(draw):
    unit = draw(st.sampled_from(list(Unit)))
    most = {Unit.WORKING_DAY: 30, Unit.CALENDAR_DAY: 60, Unit.MONTH: 6}[unit]
    return Span("formal-reply", draw(st.integers(1, most)), unit, "[P] 某规定", date(2025, 3, 11))


SPANS = spans()


@st.composite
def clocks(draw, of=SPANS):
    """A clock with up to two finished pauses, each begun before it ran out, and perhaps an extension."""
    made = Clock(Kind.STATUTORY, draw(STARTS), draw(of))
    if draw(st.booleans()):
        more = Extension(draw(st.integers(1, 3)), made.span.unit, "难", consent=True, at=made.started_on)
        made = replace(made, extensions=(more,))
    for _ in range(draw(st.integers(0, 2))):
        first = max([made.started_on, *(past.until_on for past in made.pauses)])
        room = (due_on(made, DAYS).on - first).days
        made = pause(made, first + draw(st.integers(0, room)) * DAY, "等", DAYS)
        made = resume(made, made.open_pause.from_on + draw(st.integers(0, 30)) * DAY)
    return made


WORKING_SPANS = st.builds(
    lambda n: Span("simple-reply", n, Unit.WORKING_DAY, "[P] 某规定", date(2025, 3, 11)), st.integers(1, 30)
)


@given(clocks())
def test_it_is_never_due_on_a_rest_day(made):
    assert DAYS.works(due_on(made, DAYS).on)


@given(clocks(WORKING_SPANS))
def test_one_working_day_more_is_strictly_later(made):
    longer = replace(made, span=replace(made.span, value=made.span.value + 1))
    assert due_on(longer, DAYS).on > due_on(made, DAYS).on


@given(clocks())
def test_a_longer_span_is_never_due_earlier(made):
    longer = replace(made, span=replace(made.span, value=made.span.value + 1))
    assert due_on(longer, DAYS).on >= due_on(made, DAYS).on


@given(STARTS, st.integers(1, 30), st.integers(0, 29), st.integers(1, 15))
def test_a_pause_of_some_working_days_moves_it_by_exactly_those(start, length, elapsed, still):
    assume(elapsed < length)
    made = working(length, start)
    from_on = DAYS.add(start, elapsed)[0] + DAY
    until_on = DAYS.add(from_on - DAY, still)[0] + DAY  # the day after the last of them
    paused = resume(pause(made, from_on, "等", DAYS), until_on)
    assert DAYS.between(due_on(made, DAYS).on, due_on(paused, DAYS).on) == still


@given(STARTS, st.integers(10, 60), st.integers(1, 9), st.integers(0, 30))
def test_a_pause_moves_calendar_days_by_its_length(start, length, elapsed, still):
    made = Clock(Kind.STATUTORY, start, Span("x", length, Unit.CALENDAR_DAY, A, start))
    from_on = start + elapsed * DAY
    paused = resume(pause(made, from_on, "等", DAYS), from_on + still * DAY)
    assert due_on(paused, DAYS) == due_on(replace(made, span=replace(made.span, value=length + still)), DAYS)


@given(STARTS, st.data())
def test_whether_paused_or_extended_first_is_the_same(start, data):
    made = Clock(Kind.STATUTORY, start, LIMITS["formal-reply"])
    room = (due_on(made, DAYS).on - start).days
    begin, agreed = (start + data.draw(st.integers(0, room)) * DAY for _ in range(2))
    back = begin + data.draw(st.integers(0, 40)) * DAY
    more = replace(THREE_MORE, at=agreed)
    one = resume(extend(pause(made, begin, "等", DAYS), more, DAYS, LIMITS), back)
    two = resume(pause(extend(made, more, DAYS, LIMITS), begin, "等", DAYS), back)
    three = extend(resume(pause(made, begin, "等", DAYS), back), more, DAYS, LIMITS)
    assert one == two == three
    assert due_on(one, DAYS).on >= due_on(made, DAYS).on


@given(clocks())
def test_it_is_provisional_exactly_when_an_unpublished_year_is_touched(made):
    due = due_on(made, DAYS)
    touched = {(made.started_on + n * DAY).year for n in range(1, (due.on - made.started_on).days + 1)}
    assert due.provisional is (2027 in touched or 2028 in touched)
    assert due.provisional is any(fact.code == "provisional" for fact in explain(made, DAYS))


def counted_after(facts):
    """Count the due day anew from what was told alone: a plain week, the holidays and make-up days named, by hand."""
    off, made_up, still, more = set(), set(), set(), 0
    for fact in facts:
        told = fact.facts
        if fact.code == "start":
            day = start = told["on"]
        elif fact.code.startswith("span_"):
            unit, value = fact.code.removeprefix("span_"), told["value"]
        elif fact.code.startswith("extension_"):
            more += told["value"]
        elif fact.code == "pause":
            still |= {told["from_on"] + n * DAY for n in range((told["until_on"] - told["from_on"]).days)}
        elif fact.code == "holiday":
            off |= {told["first"] + n * DAY for n in range((told["last"] - told["first"]).days + 1)}
        elif fact.code == "holiday_day":
            off.add(told["on"])
        elif fact.code == "made_up":
            made_up.add(told["on"])

    def works(day):
        return day in made_up or (day not in off and day.isoweekday() <= 5)

    left = value + more if unit != "months" else (months_after(start, value + more) - start).days
    while left or not works(day) or (day in still and day > start):
        day += DAY
        if day not in still and (unit != "working_days" or works(day)):
            left -= left > 0
    return day


@given(clocks())
def test_who_counts_after_what_was_told_gets_the_same_day(made):
    facts = explain(made, DAYS)
    assert facts[-1].facts["on"] == due_on(made, DAYS).on
    assert counted_after(facts) == due_on(made, DAYS).on


def test_a_pause_that_began_on_a_holiday_the_span_ended_on_is_explained_with_that_holiday():
    """New Year's Eve was the last day, and before the first working day after it the clock was stopped again."""
    span = Span("formal-reply", 1, Unit.CALENDAR_DAY, "[P] 某规定", date(2025, 3, 11))
    stops = (Pause(date(2025, 1, 1), date(2025, 1, 28), "等"), Pause(date(2025, 1, 29), date(2025, 2, 5), "等"))
    made = Clock(Kind.STATUTORY, date(2025, 1, 1), span, pauses=stops)
    assert due_on(made, DAYS).on == date(2025, 2, 5)
    assert counted_after(explain(made, DAYS)) == date(2025, 2, 5)
    assert "holiday" in [fact.code for fact in explain(made, DAYS)]


@given(clocks(), st.integers(0, 90))
def test_days_left_and_status_tell_the_same_story(made, n):
    today = made.started_on + n * DAY
    stands, due = status(made, today, DAYS, LIMITS), due_on(made, DAYS).on
    assert (stands is Status.OVERDUE) is (today > due)
    assert (days_left(made, today, DAYS) < 0) <= (today > due)


@given(clocks(), st.integers(0, 200))
def test_a_ladder_only_grows_until_the_day_and_after_it(made, n):
    made = replace(made, kind=Kind.REHANDLE)
    today = made.started_on + n * DAY
    now = {rung.key for rung in ladder(made, today, DAYS, LIMITS)}
    later = {rung.key for rung in ladder(made, today + DAY, DAYS, LIMITS)}
    gone = {key for key in now - later if not key.startswith("urge-before")}
    assert not gone
    assert all(made.started_on < rung.due_on <= today for rung in ladder(made, today, DAYS, LIMITS))


def test_a_pause_taken_from_the_store_reads_as_it_was_written():
    stored = working(5, pauses=(Pause(on("2026-11-26"), on("2026-12-03"), "等"),))
    assert stored == resume(PAUSED, on("2026-12-03"))
