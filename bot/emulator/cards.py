"""Cards with buttons: one task id each, and response codes that update them once."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.emulator.ledger import CardShown, ChatLine
from bot.emulator.limits import Refusal

CODE_LIFE = timedelta(hours=72)
INTERACTIVE = ("button_interaction", "vote_interaction", "multiple_interaction")


@dataclass(slots=True)
class ResponseCode:
    """A ticket to update a card."""

    account: str
    task_id: str
    given_at: datetime
    used: bool = False


@dataclass(slots=True)
class Cards:
    """All cards that people see."""

    lines: dict[tuple[str, str], dict[str, ChatLine]] = field(default_factory=dict)  # (account, task) -> person -> line
    codes: dict[str, ResponseCode] = field(default_factory=dict)

    def known(self, account: str, task_id: str) -> bool:
        """Say whether the account has used this task id already."""
        return (account, task_id) in self.lines

    def hang(self, account: str, line: ChatLine) -> None:
        """Remember where a person sees a card."""
        if line.card and line.card.task_id:
            self.lines.setdefault((account, line.card.task_id), {})[line.person] = line

    def line(self, account: str, task_id: str, person: str) -> ChatLine | None:
        """Return where the person sees the card."""
        return self.lines.get((account, task_id), {}).get(person)

    def new_code(self, account: str, task_id: str, now: datetime) -> str:
        """Give out a response code."""
        code = secrets.token_urlsafe(32)
        self.codes[code] = ResponseCode(account, task_id, now)
        return code

    def use(self, account: str, code: str, now: datetime) -> ResponseCode:
        """Return what the code stands for and use it up; raises Refusal."""
        found = self.codes.get(code)
        if found is None or found.account != account:
            raise Refusal(40058, "invalid Request Parameter: response_code")
        if found.used or now - found.given_at > CODE_LIFE:
            raise Refusal(42036, "response_code used or expired")  # the number is ours: no document read names it
        found.used = True
        return found


def card_of(data: Mapping[str, Any]) -> CardShown:
    """Return how a template_card looks to a person."""
    facts = tuple((str(f.get("keyname", "")), str(f.get("value", ""))) for f in data.get("horizontal_content_list", ()))
    buttons = tuple((str(b.get("text", "")), str(b.get("key", ""))) for b in data.get("button_list", ()))
    title = data.get("main_title", {})
    quote = data.get("quote_area", {})
    words = (title.get("desc"), data.get("sub_title_text"), quote.get("title"), quote.get("quote_text"))
    return CardShown(
        task_id=str(data.get("task_id", "")),
        title=str(title.get("title", "")),
        text="\n".join(str(w) for w in words if w),
        facts=facts,
        buttons=buttons,
        url=str(data.get("card_action", {}).get("url", "")),
        card_type=str(data.get("card_type", "")),
    )


def card_text(card: CardShown) -> str:
    """Return a card as lines of text, for dialogues and tests."""
    rows = [card.title, card.text, *(f"{name}：{value}" for name, value in card.facts)]
    rows.append(card.said or " ".join(f"[{text}]" for text, _ in card.buttons))
    return "\n".join(row for row in rows if row)
