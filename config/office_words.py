"""Say in Chinese what is wrong with a table, and what to do."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

Facts = Mapping[str, Any]

# pydantic's word for a fault -> our sentence about the item {key}
SENTENCES: dict[str, Callable[[str, Facts], str]] = {
    "missing": lambda key, _: f"缺少 {key}，请补上",
    "string_type": lambda key, _: f"{key} 应为文字，请加引号",
    "int_type": lambda key, _: f"{key} 应为整数，请去掉引号和小数点",
    "tuple_type": lambda key, _: f"{key} 应为列表，请写成 [ … ]",
    "string_too_short": lambda key, facts: f"{key} 不能为空，至少 {facts['min_length']} 个字",
    "string_too_long": lambda key, facts: f"{key} 太长，至多 {facts['max_length']} 个字",
    "too_short": lambda key, facts: f"{key} 至少要有 {facts['min_length']} 项",
    "greater_than_equal": lambda key, facts: f"{key} 不能小于 {facts['ge']}",
    "less_than_equal": lambda key, facts: f"{key} 不能大于 {facts['le']}",
    "literal_error": lambda key, facts: f"{key} 应为 {_listed(facts['expected'])} 之一",
    "model_type": lambda key, _: f"{key} 应写成 {{ … }}",
    "model_attributes_type": lambda key, _: f"{key} 应写成 {{ … }}",
    "value_error": lambda key, facts: f"{key}：{facts['error']}" if key else str(facts["error"]),
}
DATE_FAULT = "应为日期，请写成 2026-11-24 的样子，不加引号"


def sentences(error: ValidationError, shape: type[BaseModel]) -> Iterator[str]:
    """Yield one sentence for each fault of a table."""
    for fault in error.errors():
        if fault["type"] == "extra_forbidden":
            yield _unknown(fault, shape)
        else:
            yield _sentence(fault)


def near(word: str, known: Iterable[str]) -> str:
    """Return a hint at the known word that was probably meant, or nothing."""
    close = closest(word, known)
    return f"（是不是 {close}？）" if close else ""


def closest(word: str, known: Iterable[str]) -> str:
    """Return the known word that was probably meant, empty if none is near."""
    return next(iter(difflib.get_close_matches(word, list(known), 1)), "")


def _sentence(fault: ErrorDetails) -> str:
    key, kind = _key(fault), fault["type"]
    if kind.startswith("date"):
        return f"{key} {DATE_FAULT}"
    speak = SENTENCES.get(kind)
    return speak(key, fault.get("ctx", {})) if speak else f"{key} 不合要求（{fault['msg']}）"


def _unknown(fault: ErrorDetails, shape: type[BaseModel]) -> str:
    word, top = str(fault["loc"][-1]), len(fault["loc"]) == 1
    return f"不认识的项 {_key(fault)}{near(word, shape.model_fields) if top else ''}，请改正或删去"


def _listed(expected: str) -> str:
    """Return pydantic's `'a', 'b' or 'c'` with our commas."""
    return expected.replace(" or ", "、").replace(", ", "、")


def _key(fault: ErrorDetails) -> str:
    """Return where in the table: `identities 第 2 项 account`."""
    return " ".join(f"第 {part + 1} 项" if isinstance(part, int) else part for part in fault["loc"])
