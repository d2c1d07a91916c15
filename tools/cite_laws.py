"""Write config/office/laws_cited.toml anew from a folder of statutes: `python -m tools.cite_laws FOLDER [OFFICE]`."""

import gzip
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from config.citations import Citation, citations
from config.office_data import read_office

HEADER = """\
# 常见问题所引的法条原文，由 tools/cite_laws.py 从法律数据中摘出，不要手改。
# law 是 faq 里的简称；title 是全称；version 是该版本通过或公布的日期。

"""


def articles(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield every article of every file in the folder."""
    for path in sorted(folder.glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            yield from map(json.loads, lines)


def cited_as(row: dict[str, Any]) -> Citation:
    """Return how our answers cite that article."""
    number = row["article"]
    law = row.get("short") or row["law"].removeprefix("中华人民共和国")
    return Citation(law, row.get("version") or "", number if number.startswith("第") else f"第{number}条")


def table(citation: Citation, row: dict[str, Any]) -> str:
    """Return the article as a TOML table."""
    facts = {"law": citation.law, "title": row["law"], "version": citation.version, "article": citation.article}
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in facts.items()]
    return "\n".join(["[[article]]", *lines, f"text = '''\n{row['text']}'''", ""])


def main(folder: Path, office: Path) -> int:
    """Write the file; say which citations the folder does not hold."""
    wanted = {each for faq in read_office(office).faqs for each in citations(faq.source)}
    found: dict[Citation, dict[str, Any]] = {}
    for row in articles(folder):
        if cited_as(row) in wanted:
            found.setdefault(cited_as(row), row)
    for missing in sorted(wanted - found.keys()):
        sys.stderr.write(f"查无此条：{missing}\n")
    order = [each for each in found if each in wanted]
    text = HEADER + "\n".join(table(each, found[each]) for each in order)
    (office / "laws_cited.toml").write_text(text, encoding="utf-8")
    sys.stdout.write(f"引用 {len(wanted)} 条，写入 {len(found)} 条\n")
    return 1 if wanted - found.keys() else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2] if len(sys.argv) > 2 else "config/office")))
