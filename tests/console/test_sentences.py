"""The office says its sentences in its own words: no fact is lost, an example comes first, and the usual ones come back."""

import html

from handlers.knowledge import reword
from tests.console.conftest import word_in

ONE = "/console/office/text/one"
LOGGED = """记下了，编号 {number}。
事项：{subject}
{told}，办到哪一步会在这里告诉您。"""


async def words(hand, code, text, **more):
    page = await hand.get(f"{ONE}?code={code}")
    seen = page.text.split('name="seen" value="')[1].split('"')[0]
    return await hand.post(ONE, consent=word_in(page.text), code_of=code, seen=html.unescape(seen), words=text, **more)


async def test_a_voter_hears_the_offices_words_and_then_the_usual_ones_again(house, hands, wang):
    cui = await hands("cui-zhengyuan")
    look = await words(cui, "suggest.logged", LOGGED, look="1")
    assert "记下了，编号 hepan-261207-1。" in look.text, "an example, with facts that are made up"
    await wang.sends("subscribes", scene="hepan-1")
    assert "已登记，编号" in await wang.says("我们楼电梯坏了一个月，没人来修"), "a look says nothing anew"
    assert "已改好" in (await words(cui, "suggest.logged", LOGGED)).text
    assert "记下了，编号" in await wang.says("建议 小区门口的路灯坏了一个星期")
    listed = await cui.get("/console/office/text?own=1")
    assert "suggest.logged" in listed.text
    await reword(house.deps)  # as every other process does within seconds
    back = await cui.post("/console/office/text/back", page="/console/me", code="suggest.logged")
    assert "已恢复原来的说法" in back.text
    assert "记下了，编号 {number}" in back.text.split('id="history"')[1]
    assert "已登记，编号" in await wang.says("建议 垃圾站三天没人清运")


async def test_words_that_lose_a_fact_or_promise_too_much_are_refused_at_the_field(house, hands):
    cui = await hands("cui-zhengyuan")
    for code, text, said in (
        ("suggest.logged", "记下了，编号 {number}。", "少了 {subject}、{told}"),
        ("suggest.logged", LOGGED + "{phone}", "{phone} 程序不认识"),
        ("suggest.logged", LOGGED + "{number.__class__}", "{number.__class__} 程序不认识"),
        ("suggest.logged", LOGGED + "{number!r}", "{number} 程序不认识"),
        ("suggest.logged", LOGGED + "{", "花括号没有成对"),
        ("suggest.logged", LOGGED + "代表会解决的。", "不要写“代表会解决”"),
        ("thanks", "谢" * 301, "最多 300 个字"),
        ("thanks", "", "不能为空"),
        ("told.reply", "{number}（{subject}）已答复：{text}", "最后要以"),
    ):
        refused = await words(cui, code, text)
        assert refused.status == 400, text
        assert said in html.unescape(refused.text), text
    assert house.deps.texts("thanks").startswith("不客气")


async def test_only_the_topmost_office_words_anew_and_only_what_the_bot_says(house, hands):
    han = await hands("han-xueqin")
    page = await han.get(f"{ONE}?code=thanks")
    assert "由最上一级代表工委的人员修改" in page.text
    refused = await han.post(ONE, consent=word_in(page.text), code_of="thanks", seen="", words="谢谢您")
    assert "不在您的办公室之内" in refused.text
    assert (await han.get(f"{ONE}?code=menu.desk")).status == 404, "the words of our pages are not the office's"


async def test_own_words_that_no_longer_fit_the_files_are_left_out(house):
    house.deps.texts.reword({"thanks": "谢谢 {nobody_knows}", "ack": "好"})
    assert house.deps.texts("thanks").startswith("不客气")
    assert house.deps.texts("ack") == "好"
