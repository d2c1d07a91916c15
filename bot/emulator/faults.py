"""Injected faults: what the platform will do wrong next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

# A fault without a path is meant for the next real call: token calls pass it by.
TOKEN_PATHS = ("/cgi-bin/token", "/cgi-bin/stable_token", "/cgi-bin/gettoken")


@dataclass(slots=True)
class Fault:
    """One wrong answer, `times` times, for paths that end with `path`; with `taken` the deed is done all the same."""

    kind: str  # answer, lag, cut, garble, status
    value: Any = None
    times: int = 1
    path: str | None = None
    taken: bool = False

    def meets(self, path: str) -> bool:
        """Say whether a call of this path gets it."""
        return path not in TOKEN_PATHS if self.path is None else path.endswith(self.path)


class Faults:
    """The faults still to come, in order."""

    def __init__(self) -> None:
        """Start with none."""
        self._waiting: list[Fault] = []
        self.kf_empty_pages = 0

    def add(self, fault: Fault) -> None:
        """Let one more thing go wrong."""
        self._waiting.append(fault)

    def take(self, path: str) -> Fault | None:
        """Return the first fault meant for this path and use it up by one."""
        for fault in self._waiting:
            if fault.meets(path):
                fault.times -= 1
                if fault.times <= 0:
                    self._waiting.remove(fault)
                return fault
        return None

    def clear(self) -> None:
        """Forget all faults that have not happened yet."""
        self._waiting.clear()
        self.kf_empty_pages = 0
