"""Find who answers: the first match in a visible order wins."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from bot.message import Incoming, Kind, Reply

Handler = Callable[[Incoming, Any], Awaitable[Reply]]
H = TypeVar("H", bound=Handler)


class Router:
    """What can be said about one topic, and who answers it."""

    def __init__(self) -> None:
        """Start empty."""
        self.kinds: dict[Kind, Handler] = {}
        self.commands: dict[str, Handler] = {}
        self.steps: dict[str, Handler] = {}
        self.intents: dict[str, Handler] = {}
        self.deeds: dict[str, Handler] = {}
        self.attached: dict[str, Handler] = {}
        self.official: dict[str, Handler] = {}

    def on(self, *kinds: Kind) -> Callable[[H], H]:
        """Answer these kinds of event or media."""
        return self._take(self.kinds, kinds)

    def command(self, *names: str) -> Callable[[H], H]:
        """Answer these command words."""
        return self._take(self.commands, names)

    def at(self, step: str) -> Callable[[H], H]:
        """Answer whatever is said while the talk waits at this step."""
        return self._take(self.steps, (step,))

    def at_work(self, step: str) -> Callable[[H], H]:
        """Answer whatever staff say while the talk waits at this step, though it should sound alarming."""
        return self._take(self.official, (step,))

    def intent(self, *names: str) -> Callable[[H], H]:
        """Answer plain words that mean this."""
        return self._take(self.intents, names)

    def deed(self, *names: str) -> Callable[[H], H]:
        """Answer these deeds of staff."""
        return self._take(self.deeds, names)

    def attaching(self, step: str) -> Callable[[H], H]:
        """Answer a picture, place, film or file that comes while the talk waits at this step."""
        return self._take(self.attached, (step,))

    def include(self, *others: Router) -> Router:
        """Add what other routers answer; two claims on one thing are a mistake of ours."""
        for other in others:
            for mine, theirs in (
                (self.kinds, other.kinds),
                (self.commands, other.commands),
                (self.steps, other.steps),
                (self.intents, other.intents),
                (self.deeds, other.deeds),
                (self.attached, other.attached),
                (self.official, other.official),
            ):
                _merge(mine, theirs)
        return self

    @staticmethod
    def _take(table: dict[Any, Handler], names: tuple[Any, ...]) -> Callable[[H], H]:
        def keep(handler: H) -> H:
            _merge(table, dict.fromkeys(names, handler))
            return handler

        return keep


def _merge(mine: dict[Any, Handler], theirs: dict[Any, Handler]) -> None:
    if twice := mine.keys() & theirs.keys():
        raise ValueError(f"two handlers answer {sorted(twice)}")
    mine.update(theirs)
