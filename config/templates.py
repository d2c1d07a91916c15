"""Read the templates of an account: the platform's id, and which of its fields takes which fact of ours."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# our word for a template -> the facts we can put into it
FACTS = {"new": ("number", "subject", "due"), "progress": ("number", "subject", "words")}
FIELD = re.compile(
    r"(?:short_thing|thing|character_string|number|letter|symbol|time|date|amount|phone_number|car_number|name|phrase"
    r"|const|keyword|first|remark)\d{0,3}"
)


@dataclass(frozen=True, slots=True)
class TemplateOf:
    """A template: its id (with subscribe: before it a 订阅通知), the fields of our facts, words that never change."""

    id: str
    fields: Mapping[str, str] = field(default_factory=dict)  # our fact -> the platform's field
    fixed: Mapping[str, str] = field(default_factory=dict)  # the platform's field -> words

    @property
    def names(self) -> tuple[str, ...]:
        """Return every field of the platform's that we fill."""
        return (*self.fields.values(), *self.fixed)


def read_templates(given: Any, where: str, faults: list[str]) -> dict[str, TemplateOf]:
    """Return the templates by our word; what is wrong is noted in words."""
    if not isinstance(given, Mapping):
        faults.append(f"{where}：templates 应写成 {{ new = {{ id = …, fields = {{ … }} }} }}")
        return {}
    return {name: _read(name, value, f"{where} templates.{name}", faults) for name, value in given.items()}


def _read(name: str, given: Any, where: str, faults: list[str]) -> TemplateOf:
    row = given if isinstance(given, Mapping) else {"id": given}
    fields, fixed = row.get("fields", {}), row.get("fixed", {})
    if not isinstance(row.get("id"), str) or not row["id"].removeprefix("subscribe:"):
        faults.append(f"{where}：缺少 id，请填公众平台“模板消息”或“订阅通知”里的模板 ID")
    if unknown := sorted(row.keys() - {"id", "fields", "fixed"}):
        faults.append(f"{where}：不认识的项 {'、'.join(unknown)}；可写 id、fields、fixed")
    if not all(
        isinstance(part, Mapping) and all(isinstance(v, str) for v in part.values()) for part in (fields, fixed)
    ):
        faults.append(f'{where}：fields 和 fixed 里每一项都应是文字，例如 fields = {{ number = "character_string1" }}')
        return TemplateOf(str(row.get("id", "")))
    known = FACTS.get(name)
    if known is not None:
        _check(fields, known, where, faults)
    names = (*fields.values(), *fixed)
    faults.extend(
        f"{where}：{each} 不是模板字段名，应照抄模板里 {{{{thing1.DATA}}}} 的 thing1"
        for each in names
        if not FIELD.fullmatch(each)
    )
    faults.extend(f"{where}：字段 {each} 填了两次" for each in sorted({e for e in names if names.count(e) > 1}))
    return TemplateOf(str(row.get("id", "")), dict(fields), dict(fixed))


def _check(fields: Mapping[str, str], known: tuple[str, ...], where: str, faults: list[str]) -> None:
    """Note what of our facts is missing or unknown: without its number nobody knows which case it is about."""
    if "number" not in fields:
        faults.append(f'{where}：fields 里要写明编号填到哪个字段，例如 number = "character_string1"')
    if unknown := sorted(fields.keys() - set(known)):
        faults.append(f"{where}：fields 里不认识 {'、'.join(unknown)}；可用的有 {'、'.join(known)}")
