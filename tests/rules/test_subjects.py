"""What a message is about: the office's words, what the desk teaches, and how sure that is; every line is invented."""

import random
from pathlib import Path

import pytest

from bot.rules import examples
from bot.rules.normalise import plain
from bot.rules.subject_model import SubjectModel, learn
from bot.rules.subjects import NOTHING, Subjects
from bot.rules.teaching import Lesson, teach
from config.office_data import read_office

CATEGORIES = read_office(Path("config/office")).categories
WORDS = {each.code: (each.name, each.keywords) for each in CATEGORIES}
PARENTS = {each.code: each.parent for each in CATEGORIES if each.parent}
SUBJECTS = Subjects(WORDS, PARENTS)

SAID = [
    ("路灯坏了三天没人修", "ludeng"),
    ("物业不作为业委会也选不出来", "wuye"),
    ("自来水发黄水压也低", "gongshui-lei"),
    ("工地半夜施工噪音太大", "zaosheng"),
    ("老板拖欠农民工工资", "jiuye"),
    ("医保报销不了", "yibao"),
    ("孩子划不到学区上不了学", "ruxue"),
    ("超市卖过期食品", "shipin-lei"),
    ("城乡公交班次太少", "gongjiao"),
    ("遛狗不拴绳咬了人", "yangquan"),
    ("健身房跑路不退款", "xiaofei-lei"),
    ("拆迁补偿款一直不给", "zhengshou"),
]


def asks(text, subjects=SUBJECTS):
    return subjects.guess(plain(text))


@pytest.mark.parametrize(("text", "code"), SAID, ids=[text for text, _ in SAID])
def test_words_of_the_office_name_the_subject(text, code):
    found = asks(text)
    assert found.code == code
    assert found.candidates[0][0] == SUBJECTS.top_of[code]


@pytest.mark.parametrize("text", ["", "那个事情怎么样了", "请领导重视", "x" * 500])
def test_without_a_word_it_stays_open(text):
    assert asks(text).code is None


def test_words_that_point_two_ways_leave_it_open_and_offer_both():
    found = asks("学校门口乱停车还有噪音")
    assert found.confidence < asks("学校老师乱收费").confidence
    assert {top for top, _ in found.candidates} >= {"chexing", "jiaoyu"}


def lessons(count, seed):
    """Return what a desk would teach that files wires, whatever is wrong with them, under 通信网络."""
    pick = random.Random(seed).choice
    made = []
    for _ in range(count // 4):
        made += [
            Lesson(f"{pick(examples.PLACES)}的杆子{pick(('歪了', '倒了', '太乱', '挡路'))}", "tongxin-lei"),
            Lesson(f"{pick(examples.PLACES)}{pick(('路灯', '照明'))}{pick(('坏了', '不亮', '太暗'))}", "ludeng"),
            Lesson(f"{pick(examples.PLACES)}{pick(('垃圾', '公厕'))}{pick(('没人管', '太脏', '发臭'))}", "laji"),
            Lesson(f"{pick(('老板', '公司', '厂里'))}{pick(('不发工资', '拖欠工资', '不给加班费'))}", "jiuye"),
        ]
    return made


@pytest.fixture(scope="module")
def taught():
    return teach(lessons(160, 1), SUBJECTS)


def test_the_desk_teaches_what_no_word_says(taught):
    """Nobody listed 杆子 as a word; after the corrections it is known."""
    learnt = Subjects(WORDS, PARENTS, taught.model, taught.fusing)
    assert asks("和平里的杆子歪了").code is None
    assert asks("和平里的杆子歪了", learnt).code == "tongxin-lei"
    assert taught.accuracy > taught.by_words + 0.1


def test_what_the_words_know_is_not_forgotten(taught):
    learnt = Subjects(WORDS, PARENTS, taught.model, taught.fusing)
    assert asks("拆迁补偿款一直不给", learnt).candidates[0][0] == "guihua"


def test_a_model_is_less_sure_where_the_words_say_something_else(taught):
    learnt = Subjects(WORDS, PARENTS, taught.model, taught.fusing)
    assert asks("东风路路灯坏了", learnt).confidence > asks("东风路幼儿园坏了", learnt).confidence


def test_the_same_lessons_give_the_same_model_and_it_survives_storage(taught):
    again = teach(lessons(160, 1), SUBJECTS)
    assert again.model.dump() == taught.model.dump()
    kept = SubjectModel.load(taught.model.dump())
    text = plain("东风路路灯坏了")
    assert kept.margins(text) == pytest.approx(taught.model.margins(text), abs=0.02)


@pytest.mark.parametrize("text", ["", "😀", "الف", "坏" * 20000, "a" * 20000])
def test_a_model_takes_whatever_is_written(text, taught):
    learnt = Subjects(WORDS, PARENTS, taught.model, taught.fusing)
    assert 0 <= asks(text, learnt).confidence <= 1


def test_two_lessons_are_enough_to_learn_and_none_to_guess():
    model = learn([("路灯坏了", frozenset({"a"})), ("工资不发", frozenset({"b"}))])
    assert model.margins("路灯不亮")["a"] > model.margins("路灯不亮")["b"]
    assert Subjects({}).guess("路灯坏了") == NOTHING
