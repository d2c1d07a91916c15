"""The facts of a session's register as its form shows them; whoever fills them in decides what may be shown."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sheet:
    """A session and its entries, every value a word to be printed."""

    station: str
    day: str  # 2026年12月10日（星期四）
    hours: str
    place: str
    mode: str
    representatives: str
    entries: tuple[Page, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """One entry of the register: a page of the form and a line of the summary."""

    number: int
    archive: str
    visit: str  # 1 号，09:20
    name: str
    phone: str
    home: str
    confidential: bool
    words: str
    category: str
    attachments: int
    answer: str
    proposal: str
    disposition: str  # one of rules/register.DISPOSITIONS, or empty
    unit: str
    due_on: str
    suggestion: str
    result: str
    told: str
    rating: str  # satisfied, mostly, dissatisfied, or empty
    recorder: str
