"""The main job as dialogues: a voter writes, the bot logs and answers."""


async def test_a_voter_who_complains_gets_a_number_and_hears_what_happens_next(house, wang):
    await wang.sends("subscribes", scene="hepan-1")
    answer = await wang.says("我们楼电梯坏了一个月")
    assert "编号 hepan-261207-1" in answer
    assert "张卫国代表" in answer
    assert "撤回" in answer
    (case,) = await house.cases()
    assert case.text == "我们楼电梯坏了一个月"
    assert [line.move for line in await house.history(case)] == ["submit"]


async def test_representative_and_clerk_are_told_at_once_by_card(house, wang, zhang, tian):
    await wang.sends("subscribes", scene="hepan-1")
    await wang.says("滨河路的路灯坏了，没人管")
    await house.deliver()
    assert "hepan-261207-1" in zhang.heard()[0]
    assert "hepan-261207-1" in tian.heard()[0]


async def test_numbers_of_a_station_and_day_have_no_gaps(house, wang):
    await wang.sends("subscribes", scene="hepan-1")
    for words in ("路灯坏了", "下水道坏了", "大门坏了"):
        await wang.says(f"{words}，请修一下")
    assert [case.number for case in await house.cases()] == [f"hepan-261207-{n}" for n in (1, 2, 3)]
