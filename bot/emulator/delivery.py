"""The way of a deed: to the service, and the answer before the person's eyes."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from typing import Any

from bot.emulator import xml
from bot.emulator.accounts import EmulatedAccount
from bot.emulator.answers import SORRY, Answer
from bot.emulator.calls import Letter
from bot.emulator.cards import card_of, card_text
from bot.emulator.postman import Happening, Postman
from bot.emulator.robots_api import RESPONSE_PATH
from bot.emulator.wecom_api import redraw
from bot.emulator.world import World

STREAM_POLLS = 360  # one a second for six minutes


class Delivery:
    """Carries what people do and shows them what comes back."""

    def __init__(self, world: World, postman: Postman, stream_pause: float) -> None:
        """Work for one emulator."""
        self._world, self._postman, self._stream_pause = world, postman, stream_pause

    async def carry(self, letter: Letter) -> Happening:
        """Post a callback and show the person what the service answered."""
        happening = await self._postman.post(letter)
        if letter.event == "unsubscribe":  # nobody is there any more to see an answer
            return happening
        if letter.account.channel == "official_account" and (happening.fault or not happening.heard):
            if not self._world.stopping.is_set():
                line = self._world.show(letter.account, letter.person, "platform", SORRY, via="answer")
                happening.lines.append(line)
        elif happening.answer and not happening.answer.silent:
            self._see(letter, happening.answer, happening)
        return happening

    async def queue(self, account: EmulatedAccount, person: str, row: Mapping[str, Any]) -> Happening:
        """Put a row on the customer service's desk and ring."""
        self._world.kf.put(account.open_kfid, self._world.now(), row)
        return await self.ring(account, person)

    async def ring(self, account: EmulatedAccount, person: str) -> Happening:
        """Tell the service that messages wait to be pulled."""
        now = self._world.now()
        fields = {"ToUserName": account.corp_id, "CreateTime": int(now.timestamp()), "MsgType": "event"}
        fields |= {"Event": "kf_msg_or_event", "Token": self._world.kf.new_token(account.open_kfid, now)}
        inner = xml.write(fields | {"OpenKfId": account.open_kfid})
        return await self._postman.post(Letter(account, inner, person, "kf_msg_or_event"))

    async def to_robot(
        self,
        account: EmulatedAccount,
        person: str,
        body: Mapping[str, Any],
        *,
        chat: str = "",
        task_id: str = "",
        tries: int | None = None,
    ) -> Happening:
        """Give the smart robot a message with a response_url, and follow its stream to the end."""
        code = secrets.token_urlsafe(32)
        self._world.response_urls[code] = (account, person, chat, self._world.now())
        url = f"{self._world.base_url}{RESPONSE_PATH}?response_code={code}"
        inner = self._robot_call(account, person, chat, {"response_url": url, **body})
        event = str(body["event"]["eventtype"] if body["msgtype"] == "event" else body["msgtype"])
        letter = Letter(account, inner, person, event, chat=chat, task_id=task_id, tries=tries)
        happening = await self.carry(letter)
        await self._follow_stream(letter, happening)
        return happening

    def _robot_call(self, account: EmulatedAccount, person: str, chat: str, body: Mapping[str, Any]) -> bytes:
        call = {
            "msgid": secrets.token_urlsafe(24),
            "create_time": int(self._world.now().timestamp()),
            "aibotid": f"aib{account.code}",
            "chattype": "group" if chat else "single",
            "from": {"userid": person},
            **({"chatid": chat} if chat else {}),
            **body,
        }
        return json.dumps(call, ensure_ascii=False).encode()

    async def _follow_stream(self, letter: Letter, happening: Happening) -> None:
        """Ask for the rest of a stream as the platform does; each refresh replaces the whole."""
        for _ in range(STREAM_POLLS):
            if not happening.answer or happening.answer.finished or not happening.lines:
                return
            await self._world.pause(self._stream_pause)
            ask = {"msgtype": "stream", "stream": {"id": happening.answer.stream_id}}
            inner = self._robot_call(letter.account, letter.person, letter.chat, ask)
            more = await self._postman.post(Letter(letter.account, inner, letter.person, "stream", tries=1))
            if more.answer is None:
                return
            happening.answer, happening.lines[0].text = more.answer, more.answer.text
            self._world.ledger.changed(happening.lines[0])

    def _see(self, letter: Letter, answer: Answer, happening: Happening) -> None:
        account, person = letter.account, letter.person
        if answer.replace_name or answer.kind == "update_template_card":
            if shown := self._world.cards.line(account.key, letter.task_id, person):
                redraw(self._world, shown, answer.replace_name, dict(answer.card))
            return
        card = card_of(answer.card) if answer.card else None
        text = "\n".join(part for part in (answer.text, card_text(card) if card else "") if part)
        line = self._world.show(
            account, person, "service", text, kind=answer.kind, via="answer", card=card, chat=letter.chat
        )
        self._world.cards.hang(account.key, line)
        happening.lines.append(line)
