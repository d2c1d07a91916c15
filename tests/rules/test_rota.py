"""Whoever has served least sits next, nobody twice running where another can, and the same facts give the same order."""

from collections import Counter
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.rules.rota import Sitter, in_turn


def sitter(person_id, served=0, last_on="", position=0):
    return Sitter(person_id, f"代表{person_id}", served, last_on, position)


def names(people):
    return [each.person_id for each in in_turn(people)]


def test_who_served_least_comes_first_then_who_sat_longest_ago_then_the_order_of_the_group():
    assert names([sitter(1, 2, "2026-10-10"), sitter(2, 1, "2026-09-10"), sitter(3, 1, "2026-08-10")]) == [3, 2, 1]
    assert names([sitter(1, position=2), sitter(2, position=1)]) == [2, 1]


def test_a_newcomer_catches_up_but_does_not_sit_twice_running():
    old = [sitter(1, 6, "2026-08-10"), sitter(2, 6, "2026-09-10")]
    assert names([*old, sitter(3)])[0] == 3
    assert names([*old, sitter(3, 1, "2026-10-10")])[0] == 1


def test_a_lone_representative_sits_every_time():
    assert names([sitter(1, 9, "2026-11-10")]) == [1]


@given(st.integers(1, 8), st.integers(1, 3), st.integers(1, 60))
def test_over_any_number_of_days_nobody_serves_more_than_once_more_than_another(people, seats, days):
    everybody = {n: sitter(n, position=n) for n in range(people)}
    for day in range(days):
        for chosen in in_turn(everybody.values())[:seats]:
            everybody[chosen.person_id] = replace(chosen, served=chosen.served + 1, last_on=f"day{day:03}")
    served = Counter({n: each.served for n, each in everybody.items()})
    assert max(served.values()) - min(served.values()) <= 1


@given(st.permutations([sitter(1, 1, "a"), sitter(2, 1, "a"), sitter(3, 0, ""), sitter(4, 2, "b")]))
def test_the_order_does_not_depend_on_how_people_are_listed(people):
    assert names(people) == names(sorted(people, key=lambda each: each.person_id))
