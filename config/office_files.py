"""Read the tables of the office folder, each with the place where a person finds it again."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from config.office_words import near

# file -> the tables it holds; `faq` may also be a folder of files
FILES = {
    "offices.toml": ("office",),
    "stations.toml": ("station",),
    "people.toml": ("representative", "clerk", "officer", "unit_person"),
    "groups.toml": ("group",),
    "units.toml": ("unit",),
    "categories.toml": ("category",),
    "limits.toml": ("limit",),
    "reception.toml": ("rule",),
    "reminders.toml": ("reminder",),
    "faq.toml": ("faq",),
    "calendar.toml": ("day",),
}
OPTIONAL = {"faq.toml", "calendar.toml"}
OTHERS = {"accounts.toml", "texts.toml", "laws_cited.toml"}  # read elsewhere
_HEADER = re.compile(r"^\s*\[\[\s*([\w-]+)\s*\]\]", re.MULTILINE)
_AT = re.compile(r"\(at line (\d+), column (\d+)\)")


@dataclass(frozen=True, slots=True)
class Row:
    """One table as it stands in the file."""

    values: dict[str, Any]
    place: str  # groups.toml 第 3 个 [[group]] hexin-1（第 41 行）

    @property
    def code(self) -> str:
        """Return what the table calls itself, empty if it does not."""
        code = self.values.get("code", "")
        return code if isinstance(code, str) else ""


@dataclass(slots=True)
class Tables:
    """Everything the folder holds, by kind of table; faults are noted, and which kinds could not be read."""

    rows: dict[str, list[Row]] = field(default_factory=lambda: {kind: [] for kinds in FILES.values() for kind in kinds})
    accounts: set[tuple[str, str]] | None = None
    reminder_texts: set[str] | None = None  # what a reminder may say
    unread: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)


def read_tables(folder: Path) -> Tables:
    """Read every file of the folder that is ours to read."""
    tables = Tables()
    if not folder.is_dir():
        tables.faults.append(f"{folder}：没有这个文件夹，请检查 LIANXIN_OFFICE")
        tables.unread.update(tables.rows)
        return tables
    for name, kinds in FILES.items():
        _read(folder / name, name, kinds, tables)
    for path in sorted((folder / "faq").glob("*.toml")):
        _read(path, f"faq/{path.name}", ("faq",), tables)
    _refuse_strangers(folder, tables)
    tables.accounts = _accounts(folder / "accounts.toml", tables.faults)
    tables.reminder_texts = _reminder_texts(folder / "texts.toml")
    return tables


def _read(path: Path, name: str, kinds: tuple[str, ...], tables: Tables) -> None:
    """Add the rows of one file."""
    if not path.exists():
        if name not in OPTIONAL:
            tables.faults.append(f"{name}：没有这个文件，请照样例 config/office/{name} 写一份")
            tables.unread.update(kinds)
        return
    parsed = _parse(path, name, tables.faults)
    if parsed is None:
        tables.unread.update(kinds)
        return
    text, content = parsed
    for kind in content.keys() - set(kinds):
        tables.faults.append(f"{name}：不认识的表 {kind}{near(kind, kinds)}，这个文件里只写 {_listed(kinds)}")
    for kind in kinds:
        values = content.get(kind, [])
        if isinstance(values, list) and all(isinstance(each, dict) for each in values):
            tables.rows[kind] += _rows(name, kind, values, _lines(text, kind))
        else:
            tables.faults.append(f"{name}：{kind} 应写成 [[{kind}]]（双方括号），一条一个")
            tables.unread.add(kind)


def _parse(path: Path, name: str, faults: list[str]) -> tuple[str, dict[str, Any]] | None:
    """Return the text and its tables, or None if it is no TOML; the fault is noted."""
    try:
        text = path.read_bytes().decode("utf-8-sig")  # Windows' notepad puts a mark in front
        return text, tomllib.loads(text)
    except UnicodeDecodeError:
        faults.append(f"{name}：不是 UTF-8 编码，请用编辑器另存为 UTF-8")
    except tomllib.TOMLDecodeError as error:
        at = _AT.search(str(error))
        where = f" 第 {at[1]} 行第 {at[2]} 列" if at else " 末尾"
        faults.append(f"{name}{where}：TOML 写法有误，请检查引号、等号和括号是否成对（{error}）")
    return None


def _lines(text: str, kind: str) -> list[int]:
    """Return the lines on which tables of that kind begin."""
    return [text.count("\n", 0, found.start(1)) + 1 for found in _HEADER.finditer(text) if found[1] == kind]


def _rows(name: str, kind: str, values: list[dict[str, Any]], lines: list[int]) -> list[Row]:
    """Pair each table with its place; the line is left out when a header inside a text confuses the count."""
    sure = len(lines) == len(values)
    rows = []
    for i, each in enumerate(values):
        title = str(each.get("code", each.get("date", "")))
        place = f"{name} 第 {i + 1} 个 [[{kind}]] {title}".rstrip()
        rows.append(Row(_frozen(each), f"{place}（第 {lines[i]} 行）" if sure else place))
    return rows


def _frozen(value: Any) -> Any:
    """Return the value with tuples for lists, as our frozen shapes want them."""
    if isinstance(value, list):
        return tuple(_frozen(each) for each in value)
    if isinstance(value, dict):
        return {key: _frozen(each) for key, each in value.items()}
    return value


def _refuse_strangers(folder: Path, tables: Tables) -> None:
    """A misspelt file would silently not be read."""
    for path in sorted(folder.glob("*.toml")):
        if path.name not in FILES and path.name not in OTHERS:
            tables.faults.append(f"{path.name}：不认识的文件{near(path.name, FILES)}，请改名或移走")
    if not (folder / "faq.toml").exists() and not (folder / "faq").is_dir():
        tables.faults.append("faq.toml：没有这个文件，也没有 faq 文件夹，请至少写一份常见问题")


def _accounts(path: Path, faults: list[str]) -> set[tuple[str, str]] | None:
    """Return the (channel, code) of every account, or None when config/settings.py is the one to complain."""
    if not path.exists():
        faults.append("accounts.toml：没有这个文件，请照样例 config/office/accounts.toml 写一份")
        return None
    parsed = _parse(path, path.name, faults)
    if parsed is None:
        return None
    found = set()
    for channel, rows in parsed[1].items():
        for row in rows if isinstance(rows, list) else ():
            if isinstance(row, dict):
                found.add((channel, str(row.get("code", ""))))
    return found


def _reminder_texts(path: Path) -> set[str] | None:
    """Return the sentences of reminders, or None where config/texts.py is the one to complain."""
    try:
        return set(tomllib.loads(path.read_text(encoding="utf-8")).get("reminder", {}))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return None


def _listed(kinds: tuple[str, ...]) -> str:
    return "、".join(f"[[{kind}]]" for kind in kinds)
