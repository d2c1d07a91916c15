"""Say beforehand what those whom a deed concerns will read, word for word, and refuse what the deed would refuse."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.actions import answering, asking_time, declining, replies, telling
from bot.errors import Refused
from bot.rules.redaction import title
from bot.store.db import Db
from config.texts import Texts

#     deed        who reads its words
TO = {"reply": "voters", "decline": "voters", "opinion": "desk", "return": "desk", "ask_time": "desk"}


async def words(db: Db, case: Any, texts: Texts, deed: str, form: Mapping[str, str]) -> str:
    """Return what will be read of a deed of `TO`; raises Refused where it could not be done as it is written."""
    match deed:
        case "reply":
            return await _reply(db, case, texts, form)
        case "decline":
            return await _decline(db, case, texts, form)
        case "opinion":
            if not form.get("text"):
                raise Refused("empty_reply", number=case.number)
            return texts("push.opinion", number=case.number, text=form["text"])
        case "return":
            if not form.get("reason"):
                raise Refused("needs_reason", number=case.number)
            return texts("push.returned", number=case.number, subject=title(case), reason=form["reason"])
        case _:
            return asking_time.said(texts, case, form.get("until", ""), form.get("reason", ""))


async def _reply(db: Db, case: Any, texts: Texts, form: Mapping[str, str]) -> str:
    if not form.get("text"):
        raise Refused("empty_reply", number=case.number)
    if form.get("grade") not in replies.CLASSES:
        raise Refused("unknown_class", number=case.number)
    if form["grade"] == "C" and not form.get("lacks"):
        raise Refused("says_not_what_lacks", number=case.number)
    words = await answering.reply_words(db, texts, case, form["text"], form["grade"], form.get("lacks", ""))
    return words((await telling.concerned(db, case))[0])


async def _decline(db: Db, case: Any, texts: Texts, form: Mapping[str, str]) -> str:
    code, words = form.get("code", ""), form.get("words", "")
    if code not in declining.DECLINES:
        raise Refused("unknown_decline", number=case.number)
    each = (await telling.concerned(db, case))[0]
    door = declining.door_words(texts, code, words)
    return texts("told.decline", number=each.number, subject=each.subject, door=door)
