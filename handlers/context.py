"""What a handler is given: the open transaction, who speaks, what was meant, and the words to answer with."""

from __future__ import annotations

from datetime import datetime

from bot.actions import staff
from bot.actions.cards import Press
from bot.actions.handing import Desk
from bot.actions.people import Sender
from bot.deps import Knowledge
from bot.errors import Refused
from bot.message import Incoming, Reply
from bot.rules.links import Links
from bot.rules.meaning import Meaning
from bot.rules.privacy import Sealer
from bot.rules.staffwords import Deed
from bot.store import Db
from bot.value import value
from config.texts import Texts


@value(frozen=True, slots=True)
class Context:
    """One message's surroundings."""

    db: Db
    sender: Sender
    heard_id: int
    meaning: Meaning
    texts: Texts
    knowledge: Knowledge
    sealer: Sealer
    now: datetime
    links: Links | None = None
    deed: Deed | None = None  # what a member of staff does by words
    press: Press | None = None  # the button that was pressed

    @property
    def desk(self) -> Desk:
        """Return what every deed is given."""
        return Desk(self.db, self.texts, self.now, self.links, self.press, self.sealer)

    def aside(self, text: str) -> Reply:
        """Return words beside the talk: it goes on waiting where it waited."""
        return Reply(text, then=self.sender.step, facts=self.sender.step_facts or {})

    async def stations_minded(self, msg: Incoming) -> list[int]:
        """Return the stations the speaker minds; raises Refused in a group, and when there are none."""
        if msg.in_group:
            raise Refused("pushes_not_in_group")
        stations = await staff.stations_of(self.db, self.sender.person_id)
        if not stations:
            raise Refused("no_desk")
        return stations
