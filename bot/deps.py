"""What every part is handed: one frozen bundle, joined in run.py."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.channels.api import Api
from bot.channels.base import Channel
from bot.clock import Clock
from bot.memory import Memory
from bot.outbox.worker import Outbox
from bot.rules.areas import NO_AREAS, Areas
from bot.rules.links import Links
from bot.rules.privacy import Sealer
from bot.rules.search import FaqIndex
from bot.store import Store
from config.settings import Settings
from config.texts import Texts


@dataclass(slots=True)
class Knowledge:
    """What the bot knows by heart and reads anew when the office changes it: swapped whole, never edited."""

    faq: FaqIndex
    answers: Mapping[str, Any] = field(default_factory=dict)  # FAQ code -> row (answer, source)
    categories: Any = None  # the words of each category, as the rules want them
    category_ids: Mapping[str, int] = field(default_factory=dict)  # category code -> row id
    areas: Areas = NO_AREAS  # whose streets and estates are whose
    version: Any = None


@dataclass(frozen=True, slots=True)
class Deps:
    """The parts of one running service."""

    settings: Settings
    clock: Clock
    store: Store
    memory: Memory
    api: Api
    channels: Mapping[str, Channel]
    outbox: Outbox
    sealer: Sealer
    texts: Texts
    knowledge: Knowledge
    spool: Path
    tasks: set[asyncio.Task[Any]] = field(default_factory=set)

    @property
    def links(self) -> Links:
        """Return who writes the links we hand out."""
        return Links(self.sealer, self.settings.public_url)
