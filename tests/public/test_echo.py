"""What the clerk approved can be read by anybody, and by programs; what they did not, what was taken down, cannot."""

import json
import re

from sqlalchemy import insert, select, update

from bot.store.tables import person, publication, suggestion
from tests.public.conftest import WORDS, change

WHO = ("王桂兰", "13812345678", "2单元301")
ZHANG = "/representative/zhang-weiguo"


async def read(caller, query=""):
    status, text, _ = await caller.get(f"/echo/{query}")
    assert status == 200
    return text


async def test_the_wall_is_empty_before_anything_was_approved(house, caller, wang):
    await wang.says(WORDS)
    text = await read(caller)
    assert "还没有公开的结果" in text
    assert "楼道灯" not in text


async def test_a_result_is_read_without_personal_data(published, caller):
    text = await read(caller)
    assert published.number in text
    assert "楼道灯坏了" in text
    assert "灯换好了" in text
    assert [secret for secret in WHO if secret in text] == []


async def test_what_is_taken_down_or_confidential_is_gone_everywhere(house, published, caller, tian):
    number = published.number
    assert (await caller.get(f"/open311/v2/requests/{number}.json"))[0] == 200
    await tian.says("撤下公开 1 有误")
    assert number not in await read(caller)
    assert (await caller.get(f"/open311/v2/requests/{number}.json"))[0] == 404


async def test_a_case_that_became_confidential_is_not_shown_even_if_a_row_was_left(house, published, caller):
    await change(house, update(suggestion).values(confidential=True))
    assert published.number not in await read(caller)
    assert published.number not in (await caller.get("/open311/v2/requests.json"))[1]
    assert "<b>0</b>" in (await caller.get(ZHANG))[1]


async def test_programs_read_the_approved_words_and_no_others(published, caller):
    _, text, _ = await caller.get(f"/open311/v2/requests/{published.number}.json")
    (request,) = json.loads(text)
    assert "楼道灯坏了" in request["description"]
    assert "灯换好了" in request["status_notes"]
    assert [secret for secret in WHO if secret in text] == []


async def test_the_wall_is_narrowed_by_station_subject_and_representative(house, published, caller):
    number = published.number
    assert number in await read(caller, "?station=hepan")
    assert number in await read(caller, "?representative=zhang-weiguo")
    assert "张卫国代表承接的事" in await read(caller, "?representative=zhang-weiguo")
    subject = re.search(r'<option value="([\w-]+)">', (await read(caller)).split('id="subject"')[1])[1]
    assert number in await read(caller, f"?subject={subject}")
    for query in ("?station=shiqiao", "?subject=daolu", "?representative=li-xiuying", "?station=%27OR%201"):
        assert number not in await read(caller, query)


async def test_a_cards_number_of_public_results_is_what_the_wall_shows(house, published, caller):
    _, card, _ = await caller.get(ZHANG)
    assert 'href="/echo/?representative=zhang-weiguo"' in card
    counted = int(re.findall(r"<b>(\d+)</b>", card)[1])
    wall = await read(caller, "?representative=zhang-weiguo")
    assert counted == wall.count("<article") == 1
    assert "共 1 件" in wall


async def test_the_wall_is_turned_page_by_page_and_loses_nothing(house, published, caller):
    (one,) = await house.rows(select(publication))
    (case,) = await house.cases()
    values = {key: value for key, value in case._mapping.items() if key != "id"}
    for n in range(45):
        await change(house, insert(suggestion).values(values | {"number": f"hepan-261206-{n}"}))
    for each in (await house.cases())[1:]:
        facts = {"suggestion_id": each.id, "subject": "灯", "text": "灯", "answer": "亮了", "class": "A",
                 "by_id": one.by_id, "at": house.clock.now()}  # fmt: skip
        await change(house, insert(publication).values(facts))
    seen, query = [], ""
    for _ in range(3):
        text = await read(caller, query)
        assert "共 46 件" in text
        seen += re.findall(r'<article class="card" id="([\w-]+)"', text)
        older = re.search(r'href="/echo/(\?[^"]+)" rel="next"', text)
        query = older[1] if older else ""
    assert query == ""
    assert len(seen) == len(set(seen)) == 46
    for nonsense in ("?before=x", "?before=-1", "?before=9" + "9" * 30, "?before=٣"):
        assert "<article" in await read(caller, nonsense)


async def test_no_approved_word_becomes_a_script(house, published, caller):
    smuggled = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    await change(house, update(publication).values(subject=smuggled, text=smuggled, answer=smuggled))
    await change(house, update(person).where(person.c.code == "zhang-weiguo").values(name=smuggled[:90]))
    for query in ("", "?representative=zhang-weiguo", "?station=%3Cscript%3E", '?subject="><script>'):
        text = await read(caller, query)
        assert "<script" not in text
        assert "<img src=x" not in text


async def test_a_matter_that_is_handled_anew_leaves_the_wall(house, published, caller, wang):
    await house.deliver()
    await wang.says("3")
    await wang.says("1")
    assert published.number not in await read(caller)
