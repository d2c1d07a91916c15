"""A small FAQ pack of our own, asked in other words, about other things, and for nothing at all."""

import gc
import json
import tracemalloc
from dataclasses import FrozenInstanceError

import pytest

from bot.rules.calibration import SAMPLE
from bot.rules.search import Entry, FaqIndex, as_row

PACK = [
    Entry("who", "我的人大代表是谁", ("谁是我们这片的代表", "怎么知道哪位代表管我们小区", "我们村的代表叫什么")),
    Entry("contact", "怎么联系人大代表", ("代表的联系方式在哪里看", "想找代表反映情况怎么找", "人大代表电话是多少")),
    Entry("when", "代表接待选民日是哪一天", ("接待日是几号", "下次接待什么时候", "代表哪天在联络站")),
    Entry("where", "代表联络站在什么地方", ("联络站地址在哪", "接待选民的地点是哪里", "去哪里见代表")),
    Entry("how", "怎么提建议", ("如何向代表提意见", "反映问题有什么途径", "我想提个意见怎么弄")),
    Entry("long", "提的建议多久能答复", ("建议几天有回音", "办理期限是多长", "多长时间给回复")),
    Entry("bad", "对办理结果不满意怎么办", ("不满意可以重新办理吗", "答复敷衍怎么办", "觉得处理得不好能再提吗")),
    Entry("undo", "提交的建议可以撤回吗", ("怎么撤回我的建议", "说错了想取消建议", "能不能把建议收回来")),
    Entry("vote", "选民登记在哪里办理", ("怎么登记成为选民", "选民证去哪办", "在哪登记选举")),
    Entry("age", "多大年龄可以参加选举", ("满多少岁有选举权", "未成年人能投票吗", "几岁能当选民")),
    Entry("away", "外出打工不在家怎么投票", ("人在外地可以委托投票吗", "流动人口在哪里投票", "不回老家能不能选")),
    Entry("village", "村民委员会每届任期几年", ("村委会几年换一次", "村主任一届干多久", "村委会换届时间")),
    Entry("court", "人大代表能干预法院判案吗", ("代表可以管官司吗", "打官司能找人大代表吗", "代表能不能过问案件")),
    Entry(
        "hotline", "12345热线和人大代表有什么不同", ("找12345还是找代表", "代表和政务热线的区别", "12345能代替代表吗")
    ),
    Entry("private", "我的电话号码会公开吗", ("别人能看到我的手机号吗", "个人信息会不会泄露", "反映问题要实名吗")),
    Entry("photo", "可以发照片吗", ("能上传图片吗", "视频可不可以发", "照片发到哪里")),
    Entry(
        "lift", "3号楼加装电梯要多少户同意", ("三号楼装电梯需要几户签字", "加装电梯的同意比例", "装电梯要多少人同意")
    ),
    Entry("park", "5号楼门口停车位怎么申请", ("五号楼车位申请", "怎么租小区车位", "停车位找谁办")),
]
SAID = """
谁是我的代表 = who | 我们小区归哪位代表管 = who | 咱们村的代表叫啥 = who | 怎么联系代表 = contact | 代表电话多少 = contact
請問怎麼聯繫人大代表 = contact | 接待日几号 = when | 接待日是哪天啊 = when | 下次接待是啥时候 = when | 代表接待选民日哪天 = when
联络站地址 = where | 联络站在哪儿 = where | 聯絡站在哪裡 = where | 去哪儿能见到代表 = where | 咋提建议 = how | 我想给代表提意见 = how
如何提建议呢 = how | 建议多久有答复 = long | 提了建议几天能回复 = long | 办理期限多长 = long | 对结果不满意咋办 = bad
不满意能重新办吗 = bad | 怎么把建议撤回 = undo | 建议能撤回吗 = undo | 选民登记去哪办 = vote | 选民登计在哪办理 = vote
选民证在哪办 = vote | 多大可以选举 = age | 几岁有选举权 = age | 在外地打工怎么投票 = away | 可以委托别人投票吗 = away
村委会几年一届 = village | 村委会任期几年 = village | 代表能管法院判案吗 = court | 打官司可以找代表吗 = court
１２３４５和代表有什么区别 = hotline | 手机号会公开吗 = private | 个人信息会泄露吗 = private | 能发图片吗 = photo | 可以发视频吗 = photo
3号楼装电梯要几户签字 = lift | 三號樓加裝電梯要多少戶同意 = lift | 五号楼停车位怎么申请 = park | 5号楼车位申请 = park
"""
STRANGERS = """
今天晚上吃什么 | 你好 | 哈哈哈 | 周末去爬山吗 | 我到家了 | 明天会下雨吗 | 手机没电了 | 你叫什么名字 | 放首歌 | 晚安
红烧肉怎么做 | 孕妇能吃螃蟹吗 | 😀 | ？ | 谢谢 | 高铁票几点开售 | 这部电影好看吗 | asdf | 1
"""


def lines(text):
    return [line.strip() for line in text.replace("\n", " | ").split("|") if line.strip()]


@pytest.fixture(scope="module")
def index():
    return FaqIndex.build(PACK)


@pytest.mark.parametrize("row", lines(SAID))
def test_another_wording_finds_its_entry(index, row):
    asked, code = row.rsplit(" = ", 1)
    assert index.ask(asked).candidates[0].code == code


def test_most_other_wordings_are_answered_outright(index):
    rows = [row.rsplit(" = ", 1) for row in lines(SAID)]
    assert sum(index.ask(asked).answered for asked, _ in rows) >= 0.75 * len(rows)


@pytest.mark.parametrize("line", lines(STRANGERS))
def test_small_talk_gets_no_answer(index, line):
    assert not index.ask(line).answered


@pytest.mark.parametrize("entry", PACK, ids=[entry.code for entry in PACK])
def test_every_stored_phrasing_answers_itself(index, entry):
    for phrasing in entry.phrasings:
        found = index.ask(phrasing)
        assert found.answered
        assert found.candidates[0].code == entry.code


def test_a_near_miss_is_offered_as_choices(index):
    """Something of the field without an entry: up to three choices, no answer."""
    found = index.ask("代表联络站的厕所在几楼")
    assert not found.answered
    assert 1 <= len(found.choices) <= 3


def test_small_talk_is_offered_nothing(index):
    assert index.ask("今天晚上吃什么").choices == ()


CARDS = [Entry(f"card-{city}", f"{city}公交卡怎么办理") for city in ("东城", "西城", "南城", "北城", "新城", "老城")]


def test_an_entry_that_is_like_everything_does_not_come_first_for_it():
    """Six entries are alike; a question that is as like one of them as another entry means the other."""
    asked = "公交班次怎么看"
    other = Entry("bus", "公交几点发车")
    alone, crowded = FaqIndex.build([CARDS[0], other]), FaqIndex.build([*CARDS, other])
    assert [alone.ask(asked).candidates[0].code, crowded.ask(asked).candidates[0].code] == ["card-东城", "bus"]


def test_an_entry_among_many_that_are_alike_still_answers_itself():
    crowded = FaqIndex.build([*CARDS, *PACK])
    assert [crowded.ask(card.question).candidates[0].code for card in CARDS] == [card.code for card in CARDS]


def test_two_entries_that_say_the_same_are_a_choice():
    """Nobody can know which of two equal entries is meant, so the voter is asked."""
    twins = FaqIndex.build([*PACK, Entry("who2", "我的人大代表是谁")])
    found = twins.ask("我的人大代表是谁")
    assert not found.answered
    assert {candidate.code for candidate in found.choices[:2]} == {"who", "who2"}


def test_candidates_come_best_first_ten_at_most_each_entry_once(index):
    found = index.ask("人大代表")
    scores = [candidate.score for candidate in found.candidates]
    codes = [candidate.code for candidate in found.candidates]
    assert scores == sorted(scores, reverse=True)
    assert len(codes) == len(set(codes)) <= 10
    assert all(0 <= score <= 1 for score in scores)


def test_an_index_never_changes(index):
    """A new one is built and swapped in, so a question under way keeps its entries."""
    with pytest.raises(FrozenInstanceError):
        index.entries[0].answer = "别的"
    assert index.ask("怎么提建议") == index.ask("怎么提建议")


@pytest.mark.parametrize(
    "text", ["", " ", "\u200b", "建" * 20000, "a", "😀" * 50, "\ud83d", "'; DROP TABLE faq; --"], ids=ascii
)
def test_odd_questions_get_no_answer(index, text):
    assert not index.ask(text[:100] if len(text) > 100 and text[0] != "建" else text).answered


def test_the_very_words_of_an_entry_are_known_without_searching(index):
    assert index.knows("接待日是几号？") == "when"
    assert index.knows("三号樓裝電梯需要几户签字") == "lift"
    assert index.knows("接待日") == ""
    assert index.knows("") == ""


def test_a_pack_without_entries_answers_nothing():
    empty = FaqIndex.build([])
    assert empty.ask("怎么提建议").candidates == ()
    assert not empty.ask("怎么提建议").answered


def test_an_entry_without_letters_does_no_harm():
    odd = FaqIndex.build([Entry("odd", "？？"), *PACK])
    assert odd.ask("怎么提建议").candidates[0].code == "how"


def test_a_single_entry_is_found_but_small_talk_is_not_answered():
    alone = FaqIndex.build(PACK[:1])
    assert alone.ask("我的代表是谁呀").answered
    assert not alone.ask("今天吃什么").answered


def test_a_pack_tells_how_it_was_calibrated(index):
    limits = index.calibration
    assert 0.4 < limits.threshold < 1
    assert 0 <= limits.near <= 0.25
    assert limits.chat <= 0.01
    assert 0 < limits.kept <= 1


def test_a_denser_field_asks_for_more_certainty():
    """Where entries differ in one word only, the same likeness proves less."""
    services = [
        "身份证",
        "居住证",
        "老年证",
        "残疾证",
        "驾驶证",
        "健康证",
        "营业执照",
        "户口本",
        "结婚证",
        "出生证",
        "社保卡",
        "医保卡",
        "公交卡",
        "准生证",
        "毕业证",
    ]
    dense = FaqIndex.build(
        [Entry(f"{s}-{f}", f"{s}{f}") for s in services for f in ("怎么办理", "在哪里办理", "丢了怎么补办")]
    )
    assert dense.calibration.threshold > FaqIndex.build(PACK).calibration.threshold
    assert dense.ask("老年证丢了咋补办").candidates[0].code == "老年证-丢了怎么补办"
    assert not dense.ask("护照怎么办理").answered


ARTICLES = [
    (
        "代表提出的建议应当明确具体注重反映实际情况和问题有关机关组织应当与代表联系沟通充分听取意见在三个月内答复涉及面广处理难度大的六个月内答复"
    ),
    (
        "选民登记按选区进行经登记确认的选民资格长期有效每次选举前对上次选民登记以后新满十八周岁的被剥夺政治权利期满后恢复政治权利的选民予以登记"
    ),
    (
        "村民委员会每届任期五年届满应当及时举行换届选举村民委员会成员可以连选连任由年满十八周岁未被剥夺政治权利的村民直接选举产生"
    ),
    (
        "县级以上的地方各级人民代表大会常务委员会应当采取多种方式听取代表的意见组织代表开展视察专题调研听取选民的反映向社会公布代表名单"
    ),
    (
        "个人信息处理者处理个人信息应当具有明确合理的目的与处理目的直接相关采取对个人权益影响最小的方式不得过度收集个人信息泄露应当通知个人"
    ),
    (
        "信访人提出信访事项应当客观真实对其所提供材料内容的真实性负责不得捏造歪曲事实信访机构收到事项应当登记并在十五日内决定是否受理告知信访人"
    ),
]


@pytest.mark.parametrize(
    ("asked", "article"),
    [
        ("代表建议难度大的几个月答复", 0),
        ("新满十八周岁的选民怎么登记", 1),
        ("村民委员会任期几年", 2),
        ("个人信息泄露要通知本人吗", 4),
        ("信访事项多少日决定受理", 5),
    ],
)
def test_a_question_finds_the_passage_that_speaks_of_it(asked, article):
    passages = FaqIndex.build([Entry(str(number), text * 2) for number, text in enumerate(ARTICLES)])
    assert passages.ask(asked).candidates[0].code == str(article)
    assert not passages.ask("晚上一起吃火锅吧").answered


def test_a_big_pack_is_calibrated_on_a_sample():
    """Building must stay quick, so at most a sample is tried."""
    many = FaqIndex.build(
        [Entry(str(number), f"{number}号文件规定的第{number * 7 % 991}项补贴怎么领") for number in range(SAMPLE * 3)]
    )
    assert many.ask("500号文件规定的补贴怎么领").candidates


def test_an_index_takes_little_memory():
    """With 5,000 answers in 25,000 wordings it is 14 MB, not 89: some hundred numbers and letters a wording."""
    entries = [
        Entry(str(n), f"{n}号文件的补贴怎么领", (f"{n}号补贴去哪领", f"领{n}号补贴要什么材料")) for n in range(1000)
    ]
    tracemalloc.start()
    index = FaqIndex.build(entries)
    gc.collect()
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert index.ask("500号补贴去哪领").candidates[0].code == "500"
    assert kept < 500 * 3000


def test_a_row_of_faq_ask_has_the_answer_only_when_sure(index):
    sure, unsure = as_row("a", index.ask("怎么提建议")), as_row(2, index.ask("厕所在几楼"))
    assert (sure["id"], sure["answer_id"]) == ("a", "how")
    assert (unsure["id"], unsure["answer_id"]) == (2, None)
    assert len(sure["candidates"]) == 3
    assert set(sure["candidates"][0]) == {"answer_id", "score"}
    assert json.loads(json.dumps(sure)) == sure
