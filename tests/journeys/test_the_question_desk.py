"""A clerk turns unanswered questions into answers by words, sees the effect first, and can take it back."""

import gc
import weakref
from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial

import pytest

import run
from bot.actions.faq_import import Line, import_faqs
from bot.store.tables import faq_asked, faq_miss
from handlers import ROUTER, TIMETABLE
from handlers.faq_again import ask_again

UNKNOWN = "火星上的税怎么交？"
JOINED = "怎么找工作人员？"


@pytest.fixture
async def asked(house, neighbour):
    """A question nobody could answer, waiting under number 1."""
    await neighbour.says(UNKNOWN)
    await house.deliver()


async def says_and_sees(house, clerk, words):
    """Ask for a change and return what it would do."""
    await clerk.says(words)
    await house.deliver()
    return clerk.heard()[-1]


async def test_a_question_is_joined_to_an_answer_once_the_effect_was_seen(house, neighbour, tian, asked):
    assert UNKNOWN in await tian.says("问答待办")
    assert "重问" in await says_and_sees(house, tian, f"并入 问1 {JOINED}")
    assert "问 1" in await tian.says("是")
    await house.tick("refresh")
    assert "人工" in await neighbour.says(UNKNOWN)
    assert "没有等着答复" in await tian.says("问答待办")


async def test_whoever_asked_is_given_the_answer_they_were_promised(house, neighbour, tian, asked):
    await says_and_sees(house, tian, "新答 问1 火星上没有人住，也就没有税。")
    await tian.says("是")
    await house.deliver()
    assert any("火星上没有人住" in line and UNKNOWN in line for line in neighbour.heard())


async def test_the_effect_names_the_old_questions_whose_answers_would_change(house, tian, asked):
    assert "1 个答案会变" in await says_and_sees(house, tian, "新答 问1 没有税。")


async def test_nothing_is_saved_after_a_no(house, neighbour, tian, asked):
    await says_and_sees(house, tian, f"并入 问1 {JOINED}")
    assert "没有改" in await tian.says("不是")
    await house.tick("refresh")
    assert "没有把握" in await neighbour.says(UNKNOWN)


async def test_a_change_is_taken_back_by_one_word(house, neighbour, tian, asked):
    await says_and_sees(house, tian, "新答 问1 没有税。")
    await tian.says("是")
    await house.tick("refresh")
    assert "没有税" in await neighbour.says(UNKNOWN)
    assert "还原" in await tian.says("还原 问1")
    await house.tick("refresh")
    assert "没有把握" in await neighbour.says(UNKNOWN)


async def test_a_new_answer_of_one_offices_desk_is_not_given_in_another(house, tian, asked):
    from tests.plugins.house import Actor

    await says_and_sees(house, tian, "新答 问1 没有税。")
    await tian.says("是")
    await house.tick("refresh")
    stranger = Actor(house, "hexin", "oFar")
    await stranger.sends("subscribes", scene="donggang-1")
    assert "没有把握" in await stranger.says(UNKNOWN)


async def test_a_question_is_settled_once(house, tian, asked):
    await says_and_sees(house, tian, "新答 问1 没有税。")
    await tian.says("是")
    assert "已经处理" in await tian.says("不答 问1")
    assert "没有编号" in await tian.says("不答 问77")


async def test_an_answer_with_a_slot_nobody_fills_is_not_taken(tian, asked):
    assert "花括号" in await tian.says("新答 问1 站在 {moon}。")


async def test_a_question_left_waits_no_more(house, tian, asked):
    assert "不再" in await tian.says("不答 问1")
    (miss,) = await house.rows(faq_miss.select())
    assert miss.state == "dropped"


async def test_only_staff_see_the_questions(neighbour):
    assert "问 1" not in await neighbour.says("问答待办")


async def test_what_was_asked_is_kept_sealed(house, neighbour, asked):
    (row,) = await house.rows(faq_asked.select())
    assert UNKNOWN.encode() not in row.text_sealed
    assert row.code == ""


async def test_past_questions_are_asked_again_and_what_flipped_is_named(house, tian, asked, capsys):
    settings = house.deps.settings
    assert await ask_again(settings, None, accept=False) == 0
    await says_and_sees(house, tian, f"并入 问1 {JOINED}")
    await tian.says("是")
    assert await ask_again(settings, None, accept=False) == 1
    assert "现在 zhao-rengong" in capsys.readouterr().out
    assert await ask_again(settings, None, accept=True) == 0
    assert await ask_again(settings, None, accept=False) == 0


async def test_a_file_of_questions_is_held_against_the_pack(house, tmp_path, capsys):
    path = tmp_path / "asked.jsonl"
    path.write_text(
        '{"text": "我的人大代表是谁？", "answer_id": "wo-de-daibiao"}\n{"text": "收费吗", "answer_id": "niming"}\nxx\n'
    )
    assert await ask_again(house.deps.settings, path, accept=False) == 1
    said = capsys.readouterr().out
    assert "第 3 行" in said
    assert "第 2 行 “收费吗”：原来 niming" in said


async def test_a_changed_pack_is_answered_by_every_running_process(house, neighbour):
    """Two services on one database: what one office imports, both know at their next look, without a pause."""
    async with AsyncExitStack() as stack:
        other = await run.opened(stack, house.deps.settings, house.clock)
        lines = [Line(1, "mars", UNKNOWN, "没有税。")]
        await house.deps.store.write(partial(import_faqs, lines=lines, now=house.clock.now(), keep_only=None))
        (look,) = (entry for entry in TIMETABLE if entry.name == "refresh")
        assert look.every_s <= 5
        for deps in (house.deps, other):
            await look.tick(deps, ROUTER)
            assert deps.knowledge.faq.ask(UNKNOWN).candidates[0].code == "mars"


async def test_what_the_faq_was_before_is_let_go(house):
    """Packs that are imported one after the other do not pile up in memory."""
    before = weakref.ref(house.deps.knowledge.faq)
    (look,) = (entry for entry in TIMETABLE if entry.name == "refresh")
    for minutes, answer in enumerate(("没有税。", "还没有税。")):
        at = house.clock.now() + timedelta(minutes=minutes)
        lines = [Line(1, "mars", UNKNOWN, answer)]
        await house.deps.store.write(partial(import_faqs, lines=lines, now=at, keep_only=None))
        await look.tick(house.deps, ROUTER)
        assert house.deps.knowledge.answers["mars"].answer == answer
    gc.collect()
    assert before() is None
