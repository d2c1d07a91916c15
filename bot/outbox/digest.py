"""Tell several notices of one group in one message; each stays a row and is settled with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bot.message import Text
from bot.outbox.queue import from_json, to_json
from config.texts import Texts

ONE_TEXT = '{"type":"text"'  # how a row's content begins that can be told among others


@dataclass(frozen=True, slots=True)
class Digest:
    """Rows of one group that go as one message; for everything but its words it is the first of them."""

    rows: tuple[Any, ...]
    content: str

    def __getattr__(self, name: str) -> Any:
        """Answer for the first row."""
        return getattr(self.rows[0], name)


def rows_of(parcel: Any) -> tuple[Any, ...]:
    """Return the rows that a digest tells, or the row itself."""
    return parcel.rows if isinstance(parcel, Digest) else (parcel,)


def parcels(lane: Sequence[Any], mergeable: Callable[[Any], bool], texts: Texts, max_bytes: int) -> Iterator[Any]:
    """Yield a lane's rows in order, neighbours that may be merged as digests no longer than `max_bytes`."""
    together: list[Any] = []
    for row in lane:
        if not (row.group_id and mergeable(row) and str(row.content).startswith(ONE_TEXT)):
            yield from _closed(together, texts)
            together = []
            yield row
        elif together and (_mouth(row) != _mouth(together[0]) or _too_long([*together, row], texts, max_bytes)):
            yield from _closed(together, texts)
            together = [row]
        else:
            together.append(row)
    yield from _closed(together, texts)


def _mouth(row: Any) -> tuple[str, str]:
    """Return by what a group is spoken to: its robot, or the member who taps."""
    return row.channel, row.account


def _too_long(rows: Sequence[Any], texts: Texts, max_bytes: int) -> bool:
    return len(_words(rows, texts).encode()) > max_bytes


def _closed(rows: Sequence[Any], texts: Texts) -> Iterable[Any]:
    if len(rows) < 2:
        return rows
    return [Digest(tuple(rows), to_json(Text(_words(rows, texts))))]


def _words(rows: Sequence[Any], texts: Texts) -> str:
    """Return one message that names every notice."""
    told = (content.text for content in (from_json(row.content) for row in rows) if isinstance(content, Text))
    items = "\n".join(texts("digest.item", number=number, words=words) for number, words in enumerate(told, 1))
    return texts("digest.head", count=len(rows)) + "\n" + items
