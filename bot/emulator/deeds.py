"""What people do on the emulated platforms, and what they see at once."""

from __future__ import annotations

import re
import secrets
from datetime import timedelta
from typing import Any

from bot.emulator import words, xml
from bot.emulator.accounts import EmulatedAccount
from bot.emulator.calls import Letter
from bot.emulator.delivery import Delivery
from bot.emulator.limits import Window
from bot.emulator.picture import sample_picture
from bot.emulator.postman import Happening
from bot.emulator.words import Word
from bot.emulator.world import World

Who = EmulatedAccount | str
XML_CHANNELS = ("official_account", "wecom_app")


class Deeds:
    """One method for each thing a person can do; each returns what came of it."""

    world: World
    delivery: Delivery

    async def says(self, who: Who, person: str, text: str, chat: str | None = None, **more: Any) -> Happening:
        """Send words; `chat` is a group (smart robot only); more: quote, pictures, menu_id."""
        return await self.sends(who, person, Word("text", text, **more), chat)

    def taps_broadcasts(self, person: str) -> list[str]:
        """Send, as a member, every broadcast that waits for their tap; returns the customer groups that heard it."""
        return self.world.broadcasts.tap(person, self.world.now(), self.world.show)

    async def says_in_group(self, chat: str, person: str, text: str) -> Happening | None:
        """Speak in an internal group; its smart robot hears it only if it is mentioned by @."""
        group = self.world.groups[chat]
        robot = self.world.account(group.robot_code) if group.robot_code else None
        if robot and _mentions(text, robot.name or robot.code):
            return await self.says(robot, person, text, chat=chat)
        self.world.ledger.shown(self.world.now(), robot.key if robot else "", person, "person", text, chat=chat)
        return None

    async def sends_image(self, who: Who, person: str, data: bytes = b"", chat: str | None = None) -> Happening:
        """Send a picture."""
        filed = self._filed("image", data or sample_picture(), "image/png", "picture.png")
        return await self.sends(who, person, filed, chat)

    async def sends_voice(
        self, who: Who, person: str, recognition: str | None = None, data: bytes = b"#!AMR\n"
    ) -> Happening:
        """Send a voice message, with the words the platform understood or (the usual case) without."""
        filed = self._filed("voice", data, "audio/amr", "voice.amr")
        return await self.sends(who, person, Word("voice", media_id=filed.media_id, recognition=recognition))

    async def sends_video(self, who: Who, person: str, data: bytes = b"video", *, short: bool = False) -> Happening:
        """Send a film."""
        filed = self._filed("shortvideo" if short else "video", data, "video/mp4", "video.mp4")
        thumb = self._filed("image", sample_picture(), "image/png", "thumb.png").media_id
        return await self.sends(who, person, Word(filed.kind, media_id=filed.media_id, thumb_id=thumb, url=filed.url))

    async def sends_place(self, who: Who, person: str, latitude: float, longitude: float, label: str = "") -> Happening:
        """Send a point on the map."""
        return await self.sends(who, person, Word("location", label, latitude=latitude, longitude=longitude))

    async def sends_link(self, who: Who, person: str, title: str, url: str, about: str = "") -> Happening:
        """Send a link."""
        return await self.sends(who, person, Word("link", title, url=url, about=about))

    async def sends_file(self, who: Who, person: str, name: str, data: bytes = b"file") -> Happening:
        """Send a file."""
        filed = self._filed("file", data, "application/octet-stream", "file.bin")
        return await self.sends(who, person, Word("file", name, media_id=filed.media_id, url=filed.url))

    async def sends(self, who: Who, person: str, word: Word, chat: str | None = None) -> Happening:
        """Send any message."""
        account = self.world.account(who)
        self._wrote(account, person)
        self.world.show(
            account, person, "person", word.shown, chat=chat or "", kind=word.kind, via="said", url=word.url
        )
        if account.channel == "customer_service":
            row = {"external_userid": person, "origin": 3} | words.in_kf_json(word)
            return await self.delivery.queue(account, person, row)
        if account.channel == "wecom_robot":
            return await self.delivery.to_robot(account, person, words.in_robot_json(word), chat=chat or "")
        inner = words.in_xml(account, person, word, self.world.now(), self.world.msg_id())
        return await self.delivery.carry(Letter(account, inner, person, word.kind))

    async def subscribes(self, who: Who, person: str, scene: str | None = None) -> Happening:
        """Follow the 公众号 (by a QR code with a scene), or become able to see the app."""
        account = self.world.account(who)
        self.world.gone.discard((account.key, person))
        self._opened(account, person, "subscribe")
        more = {"EventKey": f"qrscene_{scene}" if scene is not None else ""}
        if scene is not None:
            more["Ticket"] = _ticket()
        return await self._event(account, person, "subscribe", "[关注]", **more)

    async def scans(self, who: Who, person: str, scene: str) -> Happening:
        """Scan a QR code of an account one follows already."""
        account = self.world.account(who)
        self._opened(account, person, "scan")
        return await self._event(account, person, "SCAN", f"[扫码 {scene}]", EventKey=scene, Ticket=_ticket())

    async def clicks_menu(self, who: Who, person: str, key: str) -> Happening:
        """Click a line of the menu below the chat."""
        account = self.world.account(who)
        self._opened(account, person, "click")
        event = "CLICK" if account.channel == "official_account" else "click"
        words = next((words for words, known in account.menu if known == key), key)
        return await self._event(account, person, event, f"[菜单 {words}]", EventKey=key)

    async def views(self, who: Who, person: str, url: str) -> Happening:
        """Open a page from the menu."""
        account = self.world.account(who)
        event = "VIEW" if account.channel == "official_account" else "view"
        return await self._event(account, person, event, f"[打开 {url}]", EventKey=url)

    async def unsubscribes(self, who: Who, person: str) -> Happening:
        """Stop following; whatever the service answers is not seen."""
        account = self.world.account(who)
        self.world.gone.add((account.key, person))
        return await self._event(account, person, "unsubscribe", "[取消关注]", EventKey="")

    async def reports_place(self, who: Who, person: str, latitude: float, longitude: float) -> Happening:
        """Let the phone report where it is."""
        at = {"Latitude": f"{latitude:.6f}", "Longitude": f"{longitude:.6f}", "Precision": "65.0"}
        return await self._event(self.world.account(who), person, "LOCATION", "", **at)

    async def agrees(self, who: Who, person: str, template_id: str, *, long_term: bool = False) -> Happening:
        """Tick a 订阅通知: one push, or all of them."""
        account = self.world.account(who)
        self.world.meet(account, person)
        tick = (account.key, person, template_id)
        self.world.ticks[tick] = -1 if long_term else max(0, self.world.ticks.get(tick, 0)) + 1
        row = {"TemplateId": template_id, "SubscribeStatusString": "accept", "PopupScene": "1"}
        more: dict[str, Any] = {"SubscribeMsgPopupEvent": {"List": row}}
        return await self._event(account, person, "subscribe_msg_popup_event", "[同意订阅通知]", **more)

    async def enters(self, who: Who, person: str, scene: str = "", scene_param: str = "") -> Happening:
        """Open the chat; at the customer service a scene tells the origin and a welcome code is given."""
        account = self.world.account(who)
        self.world.meet(account, person)
        if account.channel == "customer_service":
            return await self._enters_kf(account, person, scene, scene_param)
        if account.channel == "wecom_robot":
            return await self.delivery.to_robot(account, person, words.robot_event("enter_chat"))
        if account.channel != "wecom_app":
            raise LookupError(f"{account.channel} is not told when somebody opens the chat")
        return await self._event(account, person, "enter_agent", "", EventKey="")

    async def presses(
        self, who: Who, person: str, task_id: str, button: str, selected: dict[str, list[str]] | None = None
    ) -> Happening:
        """Press a button of a card; the service gets a response code, good once and for 72 hours."""
        account = self.world.account(who)
        line = self.world.cards.line(account.key, task_id, person)
        card = line.card if line else None
        word = next((text for text, key in card.buttons if key == button), button) if card else button
        chat = line.chat if line else ""
        self.world.show(account, person, "person", f"[按钮 {word}]", chat=chat, kind="press", via="said")
        kind = (card.card_type if card else "") or "button_interaction"
        if account.channel == "wecom_robot":
            body = {"card_type": kind, "event_key": button, "task_id": task_id}
            event = words.robot_event("template_card_event", body)
            return await self.delivery.to_robot(account, person, event, chat=chat, task_id=task_id, tries=1)
        code = self.world.cards.new_code(account.key, task_id, self.world.now())
        more = {"EventKey": button, "TaskId": task_id, "CardType": kind, "ResponseCode": code}
        inner = words.event_xml(account, person, "template_card_event", self.world.now(), **more, **_selected(selected))
        return await self.delivery.carry(Letter(account, inner, person, "template_card_event", task_id=task_id))

    async def event(self, who: Who, person: str, event: str, **fields: Any) -> Happening:
        """Let any other event of the XML channels happen."""
        return await self._event(self.world.account(who), person, event, "", **fields)

    async def sends_unknown(self, who: Who, person: str, kind: str, **fields: Any) -> Happening:
        """Send a message of a kind that no document names."""
        account = self.world.account(who)
        head = words.head(account, person, self.world.now(), kind)
        inner = xml.write(head | fields | {"MsgId": self.world.msg_id()})
        return await self.delivery.carry(Letter(account, inner, person, kind))

    async def sends_raw_inner(self, who: Who, person: str, inner: bytes) -> Happening:
        """Sign and encrypt any bytes and post them as the platform would."""
        return await self.delivery.carry(Letter(self.world.account(who), inner, person, "raw"))

    async def rings(self, who: Who) -> Happening:
        """Post kf_msg_or_event again, though nothing is new."""
        return await self.delivery.ring(self.world.account(who), "")

    async def _enters_kf(self, account: EmulatedAccount, person: str, scene: str, param: str) -> Happening:
        code = self.world.kf.new_welcome(account.open_kfid, person, self.world.now())
        event = {"event_type": "enter_session", "open_kfid": account.open_kfid, "external_userid": person}
        event |= {"scene": scene, "scene_param": param, "welcome_code": code}
        return await self.delivery.queue(account, "", {"origin": 4, "msgtype": "event", "event": event})

    async def _event(self, account: EmulatedAccount, person: str, event: str, shown: str, **fields: Any) -> Happening:
        if account.channel not in XML_CHANNELS:
            raise LookupError(f"{account.channel} has no event {event}")
        if event != "unsubscribe":
            self.world.meet(account, person)
        if shown:
            self.world.show(account, person, "person", shown, kind="event", via="said")
        inner = words.event_xml(account, person, event, self.world.now(), **fields)
        return await self.delivery.carry(Letter(account, inner, person, event))

    def _wrote(self, account: EmulatedAccount, person: str) -> None:
        self.world.meet(account, person)
        self.world.gone.discard((account.key, person))  # who writes must have followed
        if account.channel in ("official_account", "customer_service"):
            until = self.world.now() + timedelta(hours=48)
            self.world.windows.open(account.key, person, Window("wrote", until, 5))

    def _opened(self, account: EmulatedAccount, person: str, why: str) -> None:
        if account.channel == "official_account":
            until = self.world.now() + timedelta(minutes=1)
            self.world.windows.open(account.key, person, Window(why, until, 3))

    def _filed(self, kind: str, data: bytes, content_type: str, name: str) -> Word:
        media_id = self.world.media.put(data, content_type, name, self.world.now())
        return Word(kind, media_id=media_id, url=f"{self.world.base_url}/pic/{media_id}")


def _mentions(text: str, name: str) -> bool:
    """Say whether the words call this name, be it by its first two characters."""
    found = re.search(r"@(\S{2,})", text)
    return found is not None and (name.startswith(found[1]) or found[1].startswith(name))


def _ticket() -> str:
    return "gQ" + secrets.token_urlsafe(40)


def _selected(selected: dict[str, list[str]] | None) -> dict[str, Any]:
    if not selected:
        return {}
    items = [{"QuestionKey": key, "OptionIds": {"OptionId": list(ids)}} for key, ids in selected.items()]
    return {"SelectedItems": {"SelectedItem": items}}
