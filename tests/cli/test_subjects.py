"""Learning subjects from the command line: import, learn, look, take back."""

import json


def write(path, rows):
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows), "utf-8")
    return path


def sorted_elsewhere(count):
    for n in range(count):
        yield {"id": 2 * n, "text": f"{n}号院的杆子歪了", "category": "通信网络"}
        yield {"id": 2 * n + 1, "text": f"{n}号院路灯坏了", "category": "ludeng"}


def category_of(shell, text):
    done = shell.run("classify", "--jsonl", stdin=json.dumps({"id": 1, "text": text}).encode())
    return json.loads(done.stdout)["category"]


def test_what_was_sorted_elsewhere_is_learnt_and_can_be_taken_back(shell, tmp_path):
    file = write(tmp_path / "old.jsonl", [*sorted_elsewhere(40), "no json", {"id": 9, "text": "x", "category": "火星"}])
    assert category_of(shell, "和平里的杆子歪了") is None
    done = shell.run("subjects", "learn", file)
    assert done.returncode == 1, "two lines were bad"
    assert "✗ 第 81 行" in done.stdout
    assert '✗ 第 82 行：没有类别 "火星"' in done.stdout
    assert "已导入 80 条" in done.stdout
    assert "已学成第 1 版" in done.stdout
    assert category_of(shell, "和平里的杆子歪了") == "tongxin-lei"
    assert "第 1 版 在用" in shell.run("subjects", "versions").stdout
    assert "已退回到只靠词，之后的 80 条" in shell.run("subjects", "back", "0").stdout
    assert category_of(shell, "和平里的杆子歪了") is None
    assert "没有第 7 版" in shell.run("subjects", "back", "7").stdout


def test_too_few_lessons_teach_nothing(shell, tmp_path):
    done = shell.run("subjects", "learn", write(tmp_path / "few.jsonl", sorted_elsewhere(5)))
    assert "先不学" in done.stdout


def test_classify_reports_a_bad_line_by_number_and_goes_on(shell):
    lines = ['{"id": 1, "text": "路灯坏了"}', "", "nonsense", '{"id": 2}', '{"id": 3, "text": "\U0001f600"}',
             json.dumps({"id": 4, "text": "坏" * 20000}), json.dumps({"id": 5, "text": "مرحبا"})]  # fmt: skip
    done = shell.run("classify", "--jsonl", stdin="\n".join(lines).encode())
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["id"] for row in rows] == [1, None, 2, 3, 4, 5]
    assert [row["line"] for row in rows if "error" in row] == [3, 4]


def test_similar_groups_what_is_the_same_and_reports_a_bad_line_by_number(shell):
    rows = [{"id": n, "text": "丽桥新城搅拌站半夜噪音大", "time": f"2026/12/{n + 1} 8:00:00"} for n in range(3)]
    rows += [{"id": 8, "title": "幼儿园", "text": "学费太贵", "time": "不记得"}, {"id": 9, "text": ""}]
    lines = [*map(json.dumps, rows), "nonsense", '{"id": 1}']
    done = shell.run("similar", "--jsonl", stdin="\n".join(lines).encode())
    first, second, group = map(json.loads, done.stdout.splitlines())
    assert (first["line"], second["line"]) == (6, 7)
    assert (group["topic"], group["size"], group["ids"], group["place"]) == (1, 3, [0, 1, 2], "丽桥新城")
    assert group["per_day"] == {"2026-12-01": 1, "2026-12-02": 1, "2026-12-03": 1}
    assert any("搅拌站" in word for word in group["words"])
