"""Values nobody changes: mypy sees frozen dataclasses, the running program plain ones (ADR 13).

A frozen dataclass sets each field through `object.__setattr__`, and one message makes twenty of them: 4 % of what it
costs. mypy --strict refuses whoever would change one, so nothing at run time needs to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as value
else:

    def value(*, frozen: bool, slots: bool) -> Any:
        """Return what `dataclasses.dataclass` would, compared and hashed by its fields, but not guarded."""
        return dataclass(slots=slots, unsafe_hash=frozen)


__all__ = ["value"]
