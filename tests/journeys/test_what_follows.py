"""Photos, places, sounds and short words find the case they belong to."""

import pytest
from sqlalchemy import select

from bot.emulator.words import Word
from bot.store.tables import heard
from tests.journeys.conftest import files

SENT = {
    "image": ("sends_image",),
    "video": ("sends_video",),
    "place": ("sends_place", 37.85, 113.58, "滨河家园3号楼"),
    "voice": ("sends_voice",),
    "link": ("sends_link", "现场情况", "https://example.org/a"),
}


@pytest.fixture
async def case_of_wang(house, neighbour):
    await neighbour.says("滨河路的路灯坏了，请修一下")
    (case,) = await house.cases()
    return case


@pytest.mark.parametrize("kind", SENT)
async def test_what_is_sent_within_ten_minutes_is_attached(house, neighbour, case_of_wang, later, kind):
    later(9.5)
    what, *args = SENT[kind]
    answer = await neighbour.sends(what, *args)
    assert "已附在 hepan-261207-1" in answer
    (row,) = await house.supplements(case_of_wang)
    assert row.kind == kind
    if kind == "place":
        assert (row.latitude, row.longitude, row.text) == (37.85, 113.58, "滨河家园3号楼")
    if kind == "link":
        assert "https://example.org/a" in row.text


@pytest.mark.parametrize("words", ["3号楼2单元", "已经半年了", "就在门口", "我的电话13800138000", "晚上七点以后"])
async def test_short_words_within_ten_minutes_are_attached_verbatim(house, neighbour, case_of_wang, later, words):
    later(9.5)
    assert "已附在 hepan-261207-1" in await neighbour.says(words)
    assert [row.text for row in await house.supplements(case_of_wang)] == [words]


@pytest.mark.parametrize("kind", SENT)
async def test_after_ten_minutes_it_is_asked_what_it_is_about(house, neighbour, case_of_wang, later, kind):
    later(10.5)
    what, *args = SENT[kind]
    answer = await neighbour.sends(what, *args)
    assert "什么事" in answer
    assert await house.supplements(case_of_wang) == []


@pytest.mark.parametrize("words", ["垃圾房三天没人清了", "垃圾三天没人清了，请派人来"])
async def test_short_words_about_another_subject_are_a_case_of_their_own(house, neighbour, case_of_wang, words):
    assert "hepan-261207-2" in await neighbour.says(words)
    assert await house.supplements(case_of_wang) == []


async def test_after_ten_minutes_short_words_are_words_of_their_own(house, neighbour, case_of_wang, later):
    later(10.5)
    assert "已附" not in await neighbour.says("3号楼2单元的楼道灯也坏了，请来修")
    assert len(await house.cases()) == 2


async def test_another_trouble_within_ten_minutes_is_another_case(house, neighbour, case_of_wang):
    assert "编号 hepan-261207-2" in await neighbour.says("还有下水道也堵了")


@pytest.mark.parametrize("words", ["好的", "知道了", "今天天气不错", "哈哈", "你是机器人吗", "😀", "谢谢"])
async def test_manners_and_small_talk_are_not_attached(house, neighbour, case_of_wang, words):
    assert "已附" not in await neighbour.says(words)
    assert await house.supplements(case_of_wang) == []


@pytest.mark.parametrize("kind", SENT)
async def test_first_a_picture_then_words_is_one_case_with_the_picture(house, neighbour, kind):
    what, *args = SENT[kind]
    assert "什么事" in await neighbour.sends(what, *args)
    answer = await neighbour.says("路面塌了一块，请修")
    assert "编号 hepan-261207-1" in answer
    assert "1 样也附上了" in answer
    (case,) = await house.cases()
    (row,) = await house.supplements(case)
    assert row.kind == kind
    sent = await house.rows(select(heard.c.kind).where(heard.c.id == row.heard_id))
    assert [each.kind for each in sent] == [kind]  # it names the message it came in
    if kind == "place":
        assert case.place == "滨河家园3号楼"
        assert (row.latitude, row.longitude) == (37.85, 113.58)


async def test_two_pictures_and_a_place_wait_together_for_their_words(house, neighbour):
    await neighbour.sends("sends_image")
    await neighbour.sends("sends_image")
    await neighbour.sends("sends_place", 37.85, 113.58, "滨河路12号")
    await neighbour.says("帮助")
    assert "什么事" in await neighbour.says("你好")
    assert "3 样也附上了" in await neighbour.says("路面塌了一块，请修")
    (case,) = await house.cases()
    assert [row.kind for row in await house.supplements(case)] == ["image", "image", "place"]


async def test_a_picture_for_an_announced_matter_does_not_fall_to_the_case_before(house, neighbour, case_of_wang):
    await neighbour.says("建议")
    await neighbour.sends("sends_image")
    assert "编号 hepan-261207-2" in await neighbour.says("楼顶漏水，请修一下")
    assert await house.supplements(case_of_wang) == []
    assert len(await house.supplements((await house.cases())[1])) == 1


async def test_a_picture_is_fetched_and_kept_by_its_hash(house, neighbour, case_of_wang):
    await neighbour.sends("sends_image")
    await house.deliver()
    (row,) = await files(house)
    assert row.state == "kept"
    assert (house.deps.settings.home / "media" / row.sha256[:2] / row.sha256).stat().st_size == row.size


async def test_sound_that_the_platform_understood_is_heard_as_words_and_kept(house, neighbour):
    answer = await neighbour.sends("sends_voice", recognition="滨河路的路灯坏了，没人修。")
    assert "编号 hepan-261207-1" in answer
    (case,) = await house.cases()
    assert case.text == "滨河路的路灯坏了，没人修。"
    assert [row.kind for row in await house.supplements(case)] == ["voice"]


async def test_understood_sound_after_a_case_keeps_its_sound(house, neighbour, case_of_wang):
    await neighbour.sends("sends_voice", recognition="就在三号楼门口")
    (row,) = await house.supplements(case_of_wang)
    assert (row.kind, row.text) == ("voice", "就在三号楼门口")
    assert row.media_id is not None


async def test_a_file_from_customer_service_waits_for_its_words(house, kang):
    await kang.sends("enters", scene_param="hepan-1")
    assert "文件收到了" in await kang.sends("sends_file", "联名信.docx")
    assert "编号" in await kang.says("我们楼想加装电梯，请帮忙")
    (case,) = await house.cases()
    assert [row.kind for row in await house.supplements(case)] == ["file"]


async def test_words_with_pictures_in_one_message_keep_the_pictures(house, case_of_robot_user):
    """The smart robot sends words and pictures as one."""
    word = Word("text", "路灯坏了，请修一下", pictures=(f"{house.platform.base_url}/pic/x",))
    await house.platform.sends("zhushou", "zhangweiguo", word)
    (case,) = await house.cases()
    assert [row.kind for row in await house.supplements(case)] == ["mixed"]
    assert len(await files(house)) == 1


@pytest.fixture
def case_of_robot_user(house):
    house.platform.add_members("zhushou", "zhangweiguo")
