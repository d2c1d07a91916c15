"""The sample office keeps its promises: real rules, invented people, answers that stand on the law."""

import tomllib
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from config.citations import Citation, citations
from config.holidays import published_days
from config.office_data import read_office

OFFICE = Path("config/office")
DATA = read_office(OFFICE)
CITED = {
    Citation(row["law"], row["version"], row["article"]): row["text"]
    for row in tomllib.loads((OFFICE / "laws_cited.toml").read_text(encoding="utf-8"))["article"]
}
KINDS = Counter(station.kind for station in DATA.stations)


def test_stations_points_grids_and_enterprises_add_up():
    assert KINDS == {"station": 4, "point": 3, "grid": 3, "enterprise": 1}
    assert KINDS.total() == len(DATA.stations) == 11


def test_every_point_and_grid_leads_up_to_its_one_station():
    homes = {station.code: DATA.station_of(station.code).code for station in DATA.stations}
    assert homes["hepan-binhe-1"] == homes["hepan-binhe"] == homes["hepan"] == "hepan"
    assert homes["qiye"] == "qiye"
    assert {DATA.station_of(station.code).kind for station in DATA.stations} == {"station", "enterprise"}


def test_what_is_above_comes_first():
    for tree in (DATA.offices, DATA.stations, DATA.categories):
        seen = {None}
        for each in tree:
            assert each.parent in seen
            seen.add(each.code)


def test_all_five_levels_sit_in_one_group():
    levels = {each.code: each.level for each in DATA.representatives}
    first = next(group for group in DATA.groups if group.code == "hepan-1")
    assert {levels[code] for code in first.representatives} >= {"national", "provincial", "municipal", "county"}
    assert set(levels.values()) == {"national", "provincial", "municipal", "county", "township"}


def test_nobody_in_the_sample_can_be_rung_up():
    assert all("x" in each.phone for each in (*DATA.people, *DATA.stations, *DATA.units) if each.phone)


@pytest.mark.parametrize("group", DATA.groups, ids=lambda group: group.code)
def test_every_group_can_be_entered_heard_and_spoken_to(group):
    ways = {(each.purpose, each.channel) for each in group.addresses}
    assert ways - {("speak", "customer_group")} == {
        ("scene", "official_account"),
        ("scene", "customer_service"),
        ("chat", "wecom_robot"),
        ("speak", "group_robot"),
    }
    assert group.area, "a voter's “我们楼” needs a place"


def test_reception_days_are_those_of_the_articles():
    days = {rule.station: rule.days_of_month for rule in DATA.rules if rule.days_of_month}
    assert days == {"hepan": (10,), "shiqiao": (10,), "qiye": (15,), "donggang": (10, 20), "wangcun": (10, 20)}


def test_every_limit_says_where_it_comes_from():
    assert all(limit.source.startswith(("[S] ", "[P] ", "[A] ")) for limit in DATA.limits)
    law = {limit.code: (limit.value, limit.unit) for limit in DATA.limits if "第五十一条" in limit.source}
    assert law == {"formal-reply": (3, "months"), "wide-reply": (6, "months")}


def test_every_category_with_words_has_somebody_who_handles_it():
    leaves = [each for each in DATA.categories if each.keywords]
    tops = [each for each in DATA.categories if each.parent is None and each.code != "qita"]
    assert len(leaves) >= 70
    assert len(tops) >= 15
    assert all(each.duty for each in tops), "what the departments publish as their duty"
    assert all(each.unit for each in leaves)


def test_a_district_and_its_city_have_somebody_who_supervises():
    level = {office.code: office.level for office in DATA.offices}
    assert {level[code] for officer in DATA.officers for code in officer.offices} == {"county", "municipal"}


def test_the_units_most_categories_point_to_have_somebody_to_hand_a_case_to():
    most = Counter(category.unit for category in DATA.categories if category.unit)
    reached = {code for each in DATA.unit_people for code in each.units}
    assert len(reached) >= 6
    assert {unit for unit, count in most.items() if count > 2} <= reached


def test_whoever_works_with_us_is_reached_on_the_app():
    assert [each.code for each in DATA.people if "wecom_app" not in {own.channel for own in each.identities}] == []


@pytest.mark.parametrize("faq", DATA.faqs, ids=lambda faq: faq.code)
def test_an_answer_is_short_sourced_and_asked_in_many_ways(faq):
    assert len(faq.answer) <= 250
    assert faq.source
    assert faq.category
    assert len(faq.similar) >= 4
    assert all(len(text) <= 20 for text in faq.similar), "people type short"


@pytest.mark.parametrize("faq", DATA.faqs, ids=lambda faq: faq.code)
def test_every_article_an_answer_cites_exists_in_that_version(faq):
    assert faq.source.count("第") == len(citations(faq.source)), "a citation that nobody can read"
    assert [str(each) for each in citations(faq.source) if each not in CITED] == []


@pytest.mark.parametrize("faq", DATA.faqs, ids=lambda faq: faq.code)
def test_no_answer_decides_or_promises(faq):
    for phrase in ("代表决定", "代表会解决", "代表负责解决", "代表批准", "保证解决", "一定解决", "马上解决", "包您"):
        assert phrase not in faq.answer


def test_no_article_is_kept_that_nobody_cites():
    assert CITED.keys() == {each for faq in DATA.faqs for each in citations(faq.source)}
    assert all(text.strip() for text in CITED.values())


def test_the_law_says_what_the_most_important_answers_say():
    assert "自交办之日起三个月内答复" in CITED[Citation("代表法", "2025-03-11", "第五十一条")]
    assert "不直接处理问题" in CITED[Citation("代表法", "2025-03-11", "第三十一条")]
    assert "每届任期五年" in CITED[Citation("村委会组织法", "2025-10-28", "第十四条")]


def test_citations_are_read_as_people_write_them():
    source = "代表法（2025-03-11）第五十一条、第五十二条；本站服务说明（2026-11-24）；选举法（2020-10-17）第三条"
    assert [str(each) for each in citations(source)] == [
        "代表法（2025-03-11）第五十一条",
        "代表法（2025-03-11）第五十二条",
        "选举法（2020-10-17）第三条",
    ]


def test_the_published_days_of_2026_are_those_of_the_notice():
    kinds = {day.date: (day.kind, day.name) for day in published_days()}
    assert kinds[date(2026, 2, 17)] == ("holiday", "春节")
    assert kinds[date(2026, 10, 10)] == ("workday", "国庆节调休上班")
    assert date(2026, 11, 10) not in kinds
    assert max(kinds).year == 2026
