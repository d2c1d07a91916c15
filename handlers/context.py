"""What a handler is given: the open transaction, who speaks, what was meant, and the words to answer with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.actions.people import Sender
from bot.deps import Knowledge
from bot.rules.meaning import Meaning
from bot.rules.privacy import Sealer
from bot.store import Db
from config.texts import Texts


@dataclass(frozen=True, slots=True)
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
