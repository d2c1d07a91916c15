"""Import an FAQ from whatever an office has: good rows in, bad rows named, the office's own untouched."""

import asyncio
import io
import json

import pytest
from openpyxl import Workbook

from config import load_settings
from handlers import faq_lines

HEAD = ["id", "question", "answer", "similar", "source", "category"]
ROWS = [
    [
        "gas-1",
        "煤气费在哪里交？",
        "营业厅、手机或银行都可以。",
        "燃气费怎么交|煤气缴费去哪",
        "燃气公司 2026 年公告",
        "缴费",
    ],
    ["", "图书馆几点开门？", "早八点半到晚八点，周一闭馆。", "图书馆开放时间\n图书馆几点关门", "", ""],
]


def csv_of(rows, encoding="utf-8-sig"):
    quoted = [",".join('"' + str(cell).replace('"', '""') + '"' for cell in row) for row in rows]
    return "\r\n".join(quoted).encode(encoding)


def xlsx_of(rows, path):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path.read_bytes()


def jsonl_of(rows):
    return "\n".join(json.dumps(dict(zip(HEAD, row, strict=True)), ensure_ascii=False) for row in rows).encode()


def file_of(kind, tmp_path, rows):
    path = tmp_path / f"faq.{kind.split('-')[0]}"
    if kind == "xlsx":
        xlsx_of([HEAD, *rows], path)
    elif kind == "jsonl":
        path.write_bytes(jsonl_of(rows))
    else:
        path.write_bytes(csv_of([HEAD, *rows], "gb18030" if kind == "csv-gbk" else "utf-8-sig"))
    return path


class Done:
    """What one import ended with and said."""

    def __init__(self, returncode, stdout):
        self.returncode, self.stdout = returncode, stdout


class Desk:
    """The same commands without a process of their own: they start in a hundredth of the time."""

    def __init__(self, shell, capsys):
        self.settings, self._capsys = load_settings(shell.env, need_accounts=False), capsys

    def imports(self, path, *, replace=False):
        self._capsys.readouterr()
        code = asyncio.run(faq_lines.import_file(self.settings, path, replace=replace))
        return Done(code, self._capsys.readouterr().out)

    def answers(self, *questions):
        lines = [json.dumps({"id": n, "text": text}, ensure_ascii=False) for n, text in enumerate(questions)]
        out = io.StringIO()
        asyncio.run(faq_lines.ask(self.settings, lines, out))
        return [json.loads(line)["answer_id"] for line in out.getvalue().splitlines()]


@pytest.fixture
def desk(shell, capsys):
    return Desk(shell, capsys)


@pytest.mark.parametrize("kind", ["csv", "csv-gbk", "xlsx", "jsonl"])
def test_every_format_is_imported_and_answers_by_each_wording(shell, desk, tmp_path, kind):
    path = file_of(kind, tmp_path, ROWS)
    done = shell.run("faq", "import", path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "新增 2，改动 0，未变 0" in done.stdout
    gas, again, library = desk.answers("煤气费在哪里交", "煤气缴费去哪", "图书馆几点关门")
    assert gas == again == "gas-1"
    assert library.startswith("q-")


def test_twice_is_once_and_a_change_is_one(desk, tmp_path):
    path = file_of("csv", tmp_path, ROWS)
    desk.imports(path)
    assert "新增 0，改动 0，未变 2" in desk.imports(path).stdout
    changed = file_of("csv", tmp_path, [[*ROWS[0][:2], "只能在营业厅交。", *ROWS[0][3:]], ROWS[1]])
    assert "新增 0，改动 1，未变 1" in desk.imports(changed).stdout


def test_a_bad_row_is_named_with_its_line_and_reason_and_costs_no_other(desk, tmp_path):
    rows = [
        ROWS[0],
        ["x", "", "没有问题", "", "", ""],
        ["y", "没有答案？", "  ", "", "", ""],
        ["gas-1", "编号重复？", "是", "", "", ""],
        ["z" * 65, "编号太长？", "是", "", "", ""],
        ["daibiao-shi-shui", "这是机构的编号？", "是", "", "", ""],
        ROWS[1],
    ]
    done = desk.imports(file_of("csv", tmp_path, rows))
    assert done.returncode == 1
    told = done.stdout.splitlines()
    assert told[0].startswith("✗ 第 3 行：缺少 问题")
    assert told[1].startswith("✗ 第 4 行：缺少 答案")
    assert told[2].startswith("✗ 第 5 行：编号或问题与第 2 行重复")
    assert told[3].startswith("✗ 第 6 行：编号太长（65 字，至多 64 字）")
    assert told[4].startswith("✗ 第 7 行：编号 daibiao-shi-shui 是机构资料里的条目")
    assert told[5] == "已导入：新增 2，改动 0，未变 0；有问题未导入 5 行"
    assert desk.answers("煤气费在哪里交", "图书馆几点开门")[0] == "gas-1"


def test_a_row_over_several_lines_is_named_by_its_first(desk, tmp_path):
    rows = [ROWS[1], ["w", "", "没有问题", "", "", ""]]  # the first row's cell holds a line break
    done = desk.imports(file_of("csv", tmp_path, rows))
    assert "✗ 第 4 行：缺少 问题" in done.stdout


def test_replace_removes_imported_entries_only(desk, tmp_path):
    desk.imports(file_of("csv", tmp_path, ROWS))
    done = desk.imports(file_of("csv", tmp_path, ROWS[:1]), replace=True)
    assert done.returncode == 0
    assert "已删去 1" in done.stdout
    gas, library, office = desk.answers("煤气费在哪里交", "图书馆几点开门", "代表能直接帮我解决问题吗？")
    assert (gas, library) == ("gas-1", None)
    assert office is not None


def test_replace_keeps_an_entry_whose_row_is_only_bad_this_time(desk, tmp_path):
    desk.imports(file_of("csv", tmp_path, ROWS))
    path = file_of("csv", tmp_path, [["gas-1", "煤气费？", "", "", "", ""], ROWS[1]])
    done = desk.imports(path, replace=True)
    assert done.returncode == 1
    assert desk.answers("煤气费在哪里交") == ["gas-1"]


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("faq.doc", b"x", "不认识的文件类型"),
        ("faq.xlsx", b"no zip at all", "不是正确的 xlsx"),
        ("faq.csv", b"\xff\xfe\xfd\x81\x81\xff", "既不是 UTF-8 也不是 GBK"),
        ("faq.csv", "标题,内容\n一,二\n".encode(), "缺少 问题"),
        ("faq.csv", b"", "读不出"),
        ("missing.csv", None, "读不到"),
    ],
)
def test_a_file_that_cannot_be_read_is_said_why(desk, tmp_path, name, data, reason):
    if data is not None:
        (tmp_path / name).write_bytes(data)
    done = desk.imports(tmp_path / name)
    assert done.returncode == 1
    assert reason in done.stdout


def test_chinese_headings_and_tabs_are_understood(desk, tmp_path):
    path = tmp_path / "faq.csv"
    path.write_bytes("问题\t答案\t依据\n煤气费在哪里交？\t营业厅。\t公告\n".encode())
    assert "新增 1" in desk.imports(path).stdout


def test_a_broken_line_of_jsonl_is_named(desk, tmp_path):
    path = tmp_path / "faq.jsonl"
    good = {"question": "煤气费在哪里交？", "answer": "营业厅。", "similar": ["燃气费怎么交", "煤气缴费去哪"]}
    path.write_bytes(b"{broken\n[1]\n" + json.dumps(good, ensure_ascii=False).encode())
    done = desk.imports(path)
    assert done.returncode == 1
    assert "✗ 第 1 行：不是正确的 JSON" in done.stdout
    assert "✗ 第 2 行：应为一个 JSON 对象" in done.stdout
    assert desk.answers("煤气缴费去哪")[0] is not None


def test_the_clerk_is_told_how_sure_an_answer_must_be_and_what_that_means(desk, tmp_path):
    said = desk.imports(file_of("csv", tmp_path, ROWS)).stdout
    assert "把握门槛 0." in said
    assert "闲聊约" in said


@pytest.mark.parametrize(
    ("column", "value", "fault"),
    [
        ("answer", "在 {moon}。", "{moon} 没有人会填"),
        ("valid_until", "明年", "失效日“明年”不是日期"),
        ("valid_until", "2026-13-01", "不是日期"),
    ],
)
def test_a_row_nobody_could_answer_with_is_named(desk, tmp_path, column, value, fault):
    path = tmp_path / "faq.jsonl"
    row = {"question": "图书馆几点开门？", "answer": "八点半。", column: value}
    path.write_text(json.dumps(row, ensure_ascii=False))
    done = desk.imports(path)
    assert done.returncode == 1
    assert "第 1 行：" in done.stdout
    assert fault in done.stdout
