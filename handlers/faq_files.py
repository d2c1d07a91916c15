"""Read a file of questions and answers, whoever saved it: csv from Excel or WPS, xlsx, jsonl."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.paper.plain import meant

# our word -> what people call the column; either may stand in the first line
COLUMNS = {
    "id": "编号",
    "question": "问题",
    "answer": "答案",
    "similar": "相似问法",
    "source": "依据",
    "category": "类别",
    "valid_from": "生效日",
    "valid_until": "失效日",
    "office": "机构",
    "station": "联络站",
}
ALSO = {
    "标准问题": "question",
    "回答": "answer",
    "答复": "answer",
    "相似问题": "similar",
    "来源": "source",
    "分类": "category",
}
MOST_UNPACKED = 64 * 1024 * 1024  # bytes of a workbook; the whole sample pack is 0.4 MB
_NAMES = {name: name for name in COLUMNS} | {word: name for name, word in COLUMNS.items()} | ALSO


class BadFile(Exception):
    """The file cannot be read at all; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row by our column names; `number` is its line in the file, `fault` what makes it unreadable."""

    number: int
    values: dict[str, str] = field(default_factory=dict)
    fault: str = ""


def read_rows(path: Path) -> list[Row]:
    """Return every row of a file that is not blank; raises BadFile."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadFile(f"读不到（{error.strerror}），请检查路径与权限") from None
    return rows_in(path.name, data)


def rows_in(name: str, data: bytes) -> list[Row]:
    """Return every row that is not blank of a file of that name; raises BadFile."""
    suffix = Path(name).suffix.lower()
    reader = READERS.get(suffix)
    if reader is None:
        raise BadFile(f"不认识的文件类型 {suffix or '（无后缀）'}，请用 {'、'.join(READERS)}")
    rows = [row for row in reader(data) if row.fault or any(value.strip() for value in row.values.values())]
    if not rows:
        raise BadFile("读不出任何一行，请检查文件是否为空")
    return rows


def _csv(data: bytes) -> Iterator[Row]:
    text = _decoded(data)
    first = text.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter="\t" if "\t" in first else ",")
    names: list[str] | None = None
    start = 1
    try:
        for cells in reader:
            if names is None:
                names = _header(cells)
            elif any(cells):
                yield Row(start, _by_name(names, [meant(cell) for cell in cells]))
            start = reader.line_num + 1
    except csv.Error as error:
        raise BadFile(f"第 {start} 行起不是正确的 csv（{error}），请检查引号是否成对") from None


def _xlsx(data: bytes) -> Iterator[Row]:
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            if sum(each.file_size for each in packed.infolist()) > MOST_UNPACKED:
                raise BadFile("展开以后太大，请分成几个文件")
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError):
        raise BadFile("打不开，不是正确的 xlsx；请在 Excel 或 WPS 里另存为 .xlsx 再试") from None
    names: list[str] | None = None
    for number, cells in enumerate(book.worksheets[0].iter_rows(values_only=True), 1):
        words = [_said(cell) for cell in cells]
        if names is None:
            names = _header(words) if any(words) else None
        elif any(words):
            yield Row(number, _by_name(names, words))


def _jsonl(data: bytes) -> Iterator[Row]:
    for number, line in enumerate(_decoded(data).split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            yield Row(number, fault="不是正确的 JSON")
            continue
        if not isinstance(row, dict):
            yield Row(number, fault="应为一个 JSON 对象 { … }")
            continue
        yield Row(number, {_NAMES[name]: _said(value) for name, value in row.items() if name in _NAMES})


READERS: dict[str, Callable[[bytes], Iterator[Row]]] = {".csv": _csv, ".xlsx": _xlsx, ".jsonl": _jsonl}


def _decoded(data: bytes) -> str:
    """Return the text of UTF-8, with or without BOM, or of the code Chinese Windows saves in."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadFile("既不是 UTF-8 也不是 GBK 编码，请另存为 UTF-8")


def _header(cells: Sequence[str]) -> list[str]:
    """Return our names of the columns; a column nobody knows gets none and is left out."""
    names = [_NAMES.get(cell.strip().lower(), "") for cell in cells]
    missing = [f"{COLUMNS[name]}（{name}）" for name in ("question", "answer") if name not in names]
    if missing:
        raise BadFile(f"第一行应是列名，缺少 {'、'.join(missing)}；可用的列：{'、'.join(COLUMNS)}")
    return names


def _by_name(names: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    return {name: cell for name, cell in zip(names, cells, strict=False) if name}


def _said(value: Any) -> str:
    """Return a cell or JSON value as the words a person reads there."""
    if value is None:
        return ""
    if isinstance(value, list):
        return "\n".join(_said(each) for each in value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).encode("utf-8", "replace").decode()
