"""Words in a shape that a platform takes."""

import pytest

from bot.channels.words import clean, cut, fit, plain
from bot.errors import Remedy, SendFailed
from bot.message import Button, Card, CardUpdate, Markdown, Template, Text


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ("路灯坏了", "路灯坏了"),
        ("a]]>b", "a]]＞b"),
        ("]]]]>>", "]]]]＞>"),
        ("a\x00b\x1bc\x85d\ufffee", "abcde"),
        ("半\ud83d个", "半个"),
        ("一\r\n二\r三\t四", "一\n二\n三\t四"),
        ("\u202e右\u200f左\u200b", "\u202e右\u200f左\u200b"),
    ],
)
def test_only_what_breaks_an_answer_is_taken_out(words, left):
    """Everything that a phone can show stays."""
    assert clean(words) == left


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 2047, 2048, 2049])
def test_a_cut_is_a_beginning_within_the_limit(limit):
    """Chinese characters have three bytes; none is left in halves."""
    words = "路灯" * 700
    left = cut(words, limit)
    assert words.startswith(left)
    assert limit - 3 < len(left.encode()) <= limit


@pytest.mark.parametrize("emoji", ["👨‍👩‍👧‍👦", "👍🏽", "❤️", "1️⃣", "e\u0301"])
def test_a_cut_keeps_joined_signs_whole(emoji):
    """A family does not lose its child, a thumb not its colour: one that does not fit is left out."""
    words = "路" + emoji + "灯"
    whole = {"路", "路" + emoji, words, ""}
    lefts = {cut(words, limit) for limit in range(len(words.encode()) + 1)} - {""}
    assert lefts <= whole


def test_a_pile_of_accents_longer_than_any_word_is_cut_anyway():
    """Somebody's art must not make an answer empty."""
    assert cut("e" + "\u0301" * 3_000, 100) != ""


def test_words_that_fit_are_left_alone():
    """Short answers are the rule."""
    assert fit("您的建议已登记，编号 LZ-261124-001。", 2048) == "您的建议已登记，编号 LZ-261124-001。"


def test_a_channel_without_cards_says_the_same_in_lines():
    """Title, words, facts and address stay; a button that nobody can press does not."""
    card = Card("t1", "新建议", "路灯坏了", (("编号", "A-1"),), (Button("签收", "accept"),), "https://example.org/a")
    assert plain(card) == "新建议\n路灯坏了\n编号：A-1\nhttps://example.org/a"
    assert plain(Text("您好")) == "您好"


def test_markdown_is_said_without_its_marks():
    """WeChat would show the stars."""
    marked = '# 接待日\n> **明天** <font color="warning">9:00</font> `一号室` [地图](https://example.org/m)\n2 * 3 > 5'
    assert plain(Markdown(marked)) == "接待日\n明天 9:00 一号室 地图 https://example.org/m\n2 * 3 > 5"


@pytest.mark.parametrize("content", [CardUpdate("code", "已签收"), Template("reminder")])
def test_what_has_no_words_is_given_up(content):
    """A card's update makes no sense where there are no cards."""
    with pytest.raises(SendFailed) as failed:
        plain(content)
    assert failed.value.remedy is Remedy.GIVE_UP
