"""Whatever is wrong with an office folder is said with its place, in Chinese, and everything at once."""

import shutil
from pathlib import Path

import pytest

from config.faults import BadConfig
from config.office_data import read_office

SAMPLE = Path("config/office")


@pytest.fixture
def folder(tmp_path):
    """A copy of the sample office that a test may spoil."""
    shutil.copytree(SAMPLE, tmp_path / "office")
    return tmp_path / "office"


def spoil(folder, name, old, new):
    """Replace the first `old` in a file of the folder."""
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{name} no longer says {old!r}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def add(folder, name, text):
    """Write something at the end of a file."""
    with (folder / name).open("a", encoding="utf-8") as file:
        file.write(f"\n{text}\n")


def faults(folder):
    """Return the lines that the folder is refused with."""
    with pytest.raises(BadConfig) as refused:
        read_office(folder)
    return str(refused.value).splitlines()


# what is spoilt: file, what stands there, what is put instead; and what the one line must say, place first
FAULTS = {
    "a missing item": ("offices.toml", 'name = "和畅区人大常委会代表工作委员会"\n', "", "offices.toml 第 2 个 [[office]] hechang（第 9 行）", "缺少 name"),
    "an unknown item": ("stations.toml", "phone = ", "fone = ", "stations.toml 第 1 个 [[station]] hepan（第 6 行）", "不认识的项 fone（是不是 phone？）"),
    "a wrong type": ("groups.toml", "daily_cap = 2", 'daily_cap = "2"', "groups.toml 第 2 个 [[group]] shiqiao-1", "daily_cap 应为整数"),
    "a number out of bounds": ("groups.toml", "daily_cap = 2", "daily_cap = 0", "groups.toml 第 2 个 [[group]] shiqiao-1", "daily_cap 不能小于 1"),
    "a text where a list belongs": ("groups.toml", 'clerks = ["tian-min"]', 'clerks = "tian-min"', "groups.toml 第 1 个 [[group]] hepan-1", "clerks 应为列表"),
    "a number where a text belongs": ("offices.toml", 'name = "泉阳市人大常委会代表工作委员会"', "name = 1", "offices.toml 第 1 个 [[office]] quanyang", "name 应为文字"),
    "a level that does not exist": ("people.toml", 'level = "national"', 'level = "world"', "people.toml 第 6 个 [[representative]] sun-meiling", "level 应为"),
    "an unspeakable code": ("limits.toml", 'code = "triage"', 'code = "审核 1"', "limits.toml 第 1 个 [[limit]] 审核 1", "代号只用小写字母"),
    "an empty name": ("units.toml", 'name = "泉阳供电公司"', 'name = " "', "units.toml 第 21 个 [[unit]] gongdian", "name 不能为空"),
    "a phone that is none": ("stations.toml", "0300-xxx1001", "打总机", "stations.toml 第 1 个 [[station]] hepan", "“打总机”不是电话号码"),
    "a day not every month has": ("reception.toml", "days_of_month = [15]", "days_of_month = [31]", "reception.toml 第 3 个 [[rule]] qiye-15", "31 日不是每个月都有"),
    "a day written twice": ("reception.toml", "[10, 20]", "[10, 10]", "reception.toml 第 4 个 [[rule]] donggang-10-20", "重复的日子"),
    "no day at all": ("reception.toml", "days_of_month = [15]", "days_of_month = []", "reception.toml 第 3 个 [[rule]] qiye-15", "没写哪天接待"),
    "a weekday in words": ("reception.toml", "days_of_month = [15]", 'weekdays = ["三"]', "reception.toml 第 3 个 [[rule]] qiye-15", "weekdays 第 1 项：“三”不是星期几"),
    "a fifth Friday": ("reception.toml", "days_of_month = [15]", 'nth_weekdays = ["5FR"]', "reception.toml 第 3 个 [[rule]] qiye-15", "“5FR”不是第几个星期几"),
    "every second week from nowhere": ("reception.toml", "days_of_month = [15]", 'weekdays = ["WE"]\nevery = 2', "reception.toml 第 3 个 [[rule]] qiye-15", "every = 2 要从某一天数起"),
    "a rule that ends before it begins": ("reception.toml", "days_of_month = [15]", "days_of_month = [15]\nsince = 2026-05-01\nuntil = 2026-04-01", "reception.toml 第 3 个 [[rule]] qiye-15", "永远不会生效"),
    "a season that says nothing": ("reception.toml", "days_of_month = [15]", 'days_of_month = [15]\nseasons = [{ since = "06-01", until = "08-31" }]', "reception.toml 第 3 个 [[rule]] qiye-15", "seasons 第 1 项：这一季请写"),
    "a season in no month": ("reception.toml", "days_of_month = [15]", 'days_of_month = [15]\nseasons = [{ since = "13-01", until = "08-31", closed = true }]', "reception.toml 第 3 个 [[rule]] qiye-15", "“13-01”不是月和日"),
    "more seats than people": ("reception.toml", "days_of_month = [15]", 'days_of_month = [15]\nseats = 2\nrepresentatives = ["wu-dan"]', "reception.toml 第 3 个 [[rule]] qiye-15", "坐不满 seats = 2"),
    "a stranger on the rota": ("reception.toml", "days_of_month = [15]", 'days_of_month = [15]\nrepresentatives = ["wu-dang"]', "reception.toml 第 3 个 [[rule]] qiye-15", "代表 wu-dang 不存在（是不是 wu-dan？）"),
    "a time that is none": ("reception.toml", 'starts = "09:00"', 'starts = "9点"', "reception.toml 第 1 个 [[rule]] hepan-10", "“9点”不是时刻"),
    "an hour past midnight": ("groups.toml", 'quiet_from = "21:00"', 'quiet_from = "24:10"', "groups.toml 第 2 个 [[group]] shiqiao-1", "“24:10”不是时刻"),
    "an end before the start": ("reception.toml", 'ends = "11:00"', 'ends = "08:00"', "reception.toml 第 1 个 [[rule]] hepan-10", "开始 09:00 不早于结束 08:00"),
    "an axis without a mode": ("reception.toml", '["offline", "inside", "fixed"]', '["offline", "inside"]', "reception.toml 第 1 个 [[rule]] hepan-10", "从 fixed、mobile 中至少选一个"),
    "a date in quotes that is none": ("limits.toml", "as_of = 2026-11-24", 'as_of = "去年"', "limits.toml 第 1 个 [[limit]] triage", "as_of 应为日期"),
    "a unit of time we do not know": ("limits.toml", 'unit = "working_days"', 'unit = "weeks"', "limits.toml 第 1 个 [[limit]] triage", "unit 应为"),
    "a parent that does not exist": ("offices.toml", 'parent = "quanyang"', 'parent = "quanyan"', "offices.toml 第 2 个 [[office]] hechang", "办公室 quanyan 不存在（是不是 quanyang？）"),
    "two offices of one height": ("offices.toml", 'level = "county"', 'level = "municipal"', "offices.toml 第 2 个 [[office]] hechang", "上级 quanyang 的层级不高于自己"),
    "a station that does not exist": ("groups.toml", 'station = "qiye"', 'station = "qie"', "groups.toml 第 3 个 [[group]] qiye-1（第 39 行）", "联络站 qie 不存在（是不是 qiye？）"),
    "a representative who does not exist": ("groups.toml", '"wu-dan"', '"wu-dang"', "groups.toml 第 3 个 [[group]] qiye-1", "代表 wu-dang 不存在（是不是 wu-dan？）"),
    "a clerk among the representatives": ("groups.toml", '"wu-dan"', '"bai-jie"', "groups.toml 第 3 个 [[group]] qiye-1", "代表 bai-jie 不存在"),
    "a group without representatives": ("groups.toml", '["zhou-zhiming", "wu-dan"]', "[]", "groups.toml 第 3 个 [[group]] qiye-1", "representatives 至少要有 1 项"),
    "somebody listed twice": ("groups.toml", '"wu-dan"', '"zhou-zhiming"', "groups.toml 第 3 个 [[group]] qiye-1", "representatives 里有人写了两次"),
    "a desk that does not exist": ("people.toml", 'stations = ["qiye"]', 'stations = ["xiaohe"]', "people.toml 第 3 个 [[clerk]] bai-jie", "联络站 xiaohe 不存在"),
    "a unit that does not exist": ("categories.toml", 'unit = "gongre"', 'unit = "reli"', "categories.toml 第 12 个 [[category]] gongre-lei", "承办单位 reli 不存在"),
    "a point under no station": ("stations.toml", 'parent = "hepan"\naddress = "新苑', 'address = "新苑', "stations.toml 第 4 个 [[station]] hepan-xinyuan", "恰好归到一个联络站，现在归到 0 个"),
    "a station under a station": ("stations.toml", 'kind = "point"\nparent = "shiqiao"', 'kind = "station"\nparent = "shiqiao"', "stations.toml 第 6 个 [[station]] shiqiao-liushu", "树根，不写 parent"),
    "a grid under another office's station": ("stations.toml", 'office = "beiwang"\nkind = "grid"', 'office = "hechang"\nkind = "grid"', "stations.toml 第 9 个 [[station]] donggang-beiyuan", "办公室 hechang 不在上级站的办公室 beiwang 之下"),
    "two groups behind one scene": ("groups.toml", 'account = "hexin", address = "qiye-1"', 'account = "hexin", address = "hepan-1"', "groups.toml 第 3 个 [[group]] qiye-1", "hexin hepan-1 已是 hepan-1 的，一个入口只能通向一个群"),
    "a robot for two groups": ("groups.toml", 'account = "tongzhi-qiye"', 'account = "tongzhi"', "groups.toml 第 3 个 [[group]] qiye-1", "tongzhi 已是 hepan-1 的"),
    "an account that does not exist": ("groups.toml", 'account = "tongzhi-qiye"', 'account = "tongzhi-qie"', "groups.toml 第 3 个 [[group]] qiye-1", "accounts.toml 里没有 [[group_robot]] tongzhi-qie（是不是 tongzhi-qiye？）"),
    "an address the platform refuses": ("groups.toml", 'account = "kefu", address = "qiye-1"', 'account = "kefu", address = "企业站"', "groups.toml 第 3 个 [[group]] qiye-1", "1–32 个字母"),
    "an address for the wrong purpose": ("groups.toml", 'purpose = "chat", channel = "wecom_robot", account = "zhushou", address = "wrSample-qiye-1"', 'purpose = "speak", channel = "wecom_robot", account = "zhushou", address = "wrSample-qiye-1"', "groups.toml 第 3 个 [[group]] qiye-1", "wecom_robot 的用途（purpose）应为 chat"),
    "a webhook with an address": ("groups.toml", 'account = "tongzhi-qiye" }', 'account = "tongzhi-qiye", address = "x" }', "groups.toml 第 3 个 [[group]] qiye-1", "钥匙在 accounts.toml 里"),
    "a person's account that does not exist": ("people.toml", 'account = "gongzuo", id = "wudan"', 'account = "gongsi", id = "wudan"', "people.toml 第 11 个 [[representative]] wu-dan", "identities 第 1 项：accounts.toml 里没有 [[wecom_app]] gongsi"),
    "one id for two people": ("people.toml", 'id = "wudan"', 'id = "zhouzhiming"', "people.toml 第 11 个 [[representative]] wu-dan", "zhouzhiming 已属于 zhou-zhiming"),
    "an officer of an office that does not exist": ("people.toml", 'offices = ["hechang"]', 'offices = ["hecang"]', "people.toml 第 1 个 [[officer]] han-xueqin", "办公室 hecang 不存在（是不是 hechang？）"),
    "an officer of no office": ("people.toml", 'offices = ["hechang"]', "offices = []", "people.toml 第 1 个 [[officer]] han-xueqin", "offices 至少要有 1 项"),
    "somebody at a unit that does not exist": ("people.toml", 'units = ["shi-zhujian"]', 'units = ["shi-zhujiang"]', "people.toml 第 3 个 [[unit_person]] fan-xiaolei", "承办单位 shi-zhujiang 不存在（是不是 shi-zhujian？）"),
    "an officer's id that is a representative's": ("people.toml", 'id = "hanxueqin"', 'id = "zhangweiguo"', "people.toml 第 1 个 [[officer]] han-xueqin", "zhangweiguo 已属于 zhang-weiguo"),
    "one id for an officer and a unit": ("people.toml", 'id = "mengdawei"', 'id = "hanxueqin"', "people.toml 第 1 个 [[unit_person]] meng-dawei", "hanxueqin 已属于 han-xueqin"),
    "a unit's account that does not exist": ("people.toml", 'account = "gongzuo", id = "lvhong"', 'account = "gongzou", id = "lvhong"', "people.toml 第 2 个 [[unit_person]] lv-hong", "accounts.toml 里没有 [[wecom_app]] gongzou（是不是 gongzuo？）"),
    "an item of another kind of person": ("people.toml", 'units = ["shi-zhujian"]', 'units = ["shi-zhujian"]\nstations = ["hepan"]', "people.toml 第 3 个 [[unit_person]] fan-xiaolei", "不认识的项 stations"),
    "a choice nobody knows": ("limits.toml", 'value = 1\nunit = "choice"', 'value = 3\nunit = "choice"', "limits.toml 第 15 个 [[limit]] meetings-gate", "value 只能是 0、1、2 之一"),
    "a choice counted in days": ("limits.toml", 'value = 1\nunit = "choice"', 'value = 1\nunit = "days"', "limits.toml 第 15 个 [[limit]] meetings-gate", 'unit = "choice" 只用于 meetings-gate'),
    "a length of time that is no choice": ("limits.toml", 'unit = "working_days"', 'unit = "choice"', "limits.toml 第 1 个 [[limit]] triage", 'unit = "choice" 只用于 meetings-gate'),
    "an id without its account": ("people.toml", 'account = "gongzuo", id = "wudan"', 'id = "wudan"', "people.toml 第 11 个 [[representative]] wu-dan", "缺少 identities 第 1 项 account"),
    "an answer that is never valid": ("faq/7-fuwu.toml", 'category = "本服务"', 'category = "本服务"\nvalid_from = 2027-01-01\nvalid_until = 2026-01-01', "faq/7-fuwu.toml 第 1 个 [[faq]] ni-shi-shui", "valid_from 晚于 valid_until"),
    "an answer of an unknown office": ("faq/7-fuwu.toml", 'category = "本服务"', 'category = "本服务"\noffice = "nanwang"', "faq/7-fuwu.toml 第 1 个 [[faq]] ni-shi-shui", "办公室 nanwang 不存在"),
    "one question with two answers": ("faq/7-fuwu.toml", '"转人工"', '"有没有真人？"', "faq/7-fuwu.toml 第 2 个 [[faq]] zhao-rengong", "问法“有没有真人”在 faq/7-fuwu.toml 第 1 个 [[faq]] ni-shi-shui"),
    "an answer too long to send": ("faq/7-fuwu.toml", 'answer = "', 'answer = "' + "很长" * 300, "faq/7-fuwu.toml 第 1 个 [[faq]] ni-shi-shui", "answer 太长，至多 600 个字"),
    "single brackets": ("offices.toml", "[[office]]\n", "[office]\n", "offices.toml", "TOML 写法有误"),
    "a broken line": ("units.toml", 'code = "shi-zhujian"', "code = shi-zhujian", "units.toml 第 4 行", "TOML 写法有误"),
    "a table that belongs elsewhere": ("units.toml", "[[unit]]", '[[uint]]\ncode = "x"\n\n[[unit]]', "units.toml", "不认识的表 uint（是不是 unit？）"),
}  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new", "place", "words"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_said_once_with_its_place_and_what_to_do(folder, name, old, new, place, words):
    spoil(folder, name, old, new)
    (line,) = faults(folder)
    assert line.startswith(place)
    assert words in line


def test_a_code_used_twice_names_both_places(folder):
    spoil(folder, "stations.toml", 'code = "qiye"', 'code = "hepan"')
    lines = faults(folder)
    assert (
        "stations.toml 第 7 个 [[station]] hepan（第 58 行）：代号 hepan 已被 stations.toml 第 1 个 [[station]]"
        in lines[0]
    )


def test_all_people_share_one_list_of_codes(folder):
    spoil(folder, "people.toml", 'code = "bai-jie"', 'code = "wu-dan"')
    spoil(folder, "people.toml", 'code = "han-xueqin"', 'code = "zhou-zhiming"')
    spoil(folder, "people.toml", 'code = "qin-yue"', 'code = "qiao-wen"')
    lines = faults(folder)
    for kind, code in (("clerk", "wu-dan"), ("officer", "zhou-zhiming"), ("unit_person", "qiao-wen")):
        assert any(f"[[{kind}]] {code}" in line and f"代号 {code} 已被" in line for line in lines)


def test_a_tree_that_bites_its_tail_is_said_once(folder):
    spoil(
        folder,
        "categories.toml",
        'code = "chengjian"\nname = "城市建设与市政设施"',
        'code = "chengjian"\nname = "城建"\nparent = "ludeng"',
    )
    (line,) = faults(folder)
    assert "上级绕成了圈（chengjian → ludeng → chengjian）" in line


def test_a_circle_of_grids_is_not_also_blamed_for_leading_nowhere(folder):
    spoil(folder, "stations.toml", 'kind = "point"\nparent = "hepan"', 'kind = "point"\nparent = "hepan-binhe-1"')
    (line,) = faults(folder)
    assert "上级绕成了圈（hepan-binhe → hepan-binhe-1 → hepan-binhe）" in line


@pytest.mark.parametrize("name", ["offices.toml", "stations.toml", "people.toml", "groups.toml", "units.toml",
                                  "categories.toml", "limits.toml", "reception.toml", "accounts.toml"])  # fmt: skip
def test_a_missing_file_is_one_fault_and_not_a_hundred(folder, name):
    (folder / name).unlink()
    (line,) = faults(folder)
    assert line.startswith(f"{name}：没有这个文件")


def test_an_office_without_questions_is_refused(folder):
    shutil.rmtree(folder / "faq")
    (line,) = faults(folder)
    assert "常见问题" in line


def test_a_misspelt_file_is_not_silently_ignored(folder):
    (folder / "recption.toml").write_text("", encoding="utf-8")
    assert faults(folder) == ["recption.toml：不认识的文件（是不是 reception.toml？），请改名或移走"]


def test_a_file_in_another_encoding_is_said_so(folder):
    (folder / "units.toml").write_bytes("# 单位".encode("gb18030"))
    (line,) = faults(folder)
    assert line == "units.toml：不是 UTF-8 编码，请用编辑器另存为 UTF-8"


def test_a_mark_that_notepad_puts_in_front_does_not_disturb(folder):
    path = folder / "units.toml"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert read_office(folder) == read_office(SAMPLE)


def test_a_folder_that_does_not_exist_is_said_so(tmp_path):
    (line,) = faults(tmp_path / "nowhere")
    assert "没有这个文件夹" in line


def test_a_day_of_the_office_calendar_stands_once(folder):
    day = '[[day]]\ndate = 2027-02-06\nkind = "holiday"\nname = "春节"\nsource = "样例"\n'
    (folder / "calendar.toml").write_text(day, encoding="utf-8")
    assert len(read_office(folder).calendar) == 1
    add(folder, "calendar.toml", day)
    (line,) = faults(folder)
    assert line.startswith("calendar.toml 第 2 个 [[day]] 2027-02-06（第 7 行）：这一天在 calendar.toml 第 1 个")


def test_two_answers_may_share_a_question_when_one_follows_the_other(folder):
    entry = '[[faq]]\ncode = "{}"\nquestion = "城乡居民医保今年交多少？"\nanswer = "样例。"\nvalid_{} = {}\n'
    add(folder, "faq/7-fuwu.toml", entry.format("yibao-2026", "until", "2026-12-31"))
    add(folder, "faq/7-fuwu.toml", entry.format("yibao-2027", "from", "2027-01-01"))
    assert {"yibao-2026", "yibao-2027"} <= {each.code for each in read_office(folder).faqs}


def test_ten_faults_are_ten_lines(folder):
    spoil(folder, "offices.toml", 'level = "municipal"', 'level = "city"')
    spoil(folder, "stations.toml", 'kind = "enterprise"', 'kind = "factory"')
    spoil(folder, "people.toml", 'name = "张卫国"\n', "")
    spoil(folder, "people.toml", 'id = "wudan"', 'id = "zhouzhiming"')
    spoil(folder, "groups.toml", 'station = "hepan"', 'station = "hepam"')
    spoil(folder, "groups.toml", 'account = "hexin", address = "shiqiao-1"', 'account = "hexin", address = "hepan-1"')
    spoil(folder, "units.toml", 'office = "hechang"', 'office = "hechan"')
    spoil(folder, "limits.toml", "value = 1\n", "value = -1\n")
    spoil(folder, "reception.toml", "days_of_month = [15]", "days_of_month = [31]")
    spoil(folder, "faq/7-fuwu.toml", "similar = ", "similiar = ")
    lines = faults(folder)
    assert len(lines) == 10
    assert {line.split(" ")[0] for line in lines} == {
        "offices.toml", "stations.toml", "people.toml", "groups.toml", "units.toml", "limits.toml", "reception.toml",
        "faq/7-fuwu.toml",
    }  # fmt: skip
