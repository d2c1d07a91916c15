"""Who may do and see what on one case: roles come from how a person stands to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.rules.lifecycle import MOVES, Role, State

# The first role that may make a move is the one it is made in.
ORDER = (Role.VOTER, Role.REPRESENTATIVE, Role.UNIT, Role.CLERK, Role.OFFICE, Role.JOINER, Role.AUDITOR, Role.SERVICE)

#                     the words  who wrote  phone  history
SEES: dict[Role, tuple[bool, bool, bool, bool]] = {
    Role.VOTER:          (True,  True,  True,  True),
    Role.JOINER:         (False, False, False, False),
    Role.REPRESENTATIVE: (True,  True,  False, True),
    Role.UNIT:           (True,  False, False, True),
    Role.CLERK:          (True,  True,  True,  True),
    Role.OFFICE:         (True,  True,  True,  True),
    Role.AUDITOR:        (True,  False, False, True),
    Role.SERVICE:        (True,  False, False, True),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sight:
    """What a person may see of a case."""

    words: bool
    writer: bool
    phone: bool
    history: bool


def sight(roles: Iterable[Role], *, confidential: bool) -> Sight:
    """Return what these roles together may see; a confidential case hides its writer from all but the desk."""
    seen = [SEES[role] for role in roles] or [(False, False, False, False)]
    words, writer, phone, history = (any(column) for column in zip(*seen, strict=True))
    if confidential and not {Role.VOTER, Role.CLERK, Role.OFFICE} & set(roles):
        writer = phone = False
    return Sight(words, writer, phone, history)


def acting(move: str, roles: Iterable[Role]) -> Role | None:
    """Return the role in which somebody with these roles would make the move, or None if none of them may."""
    held = set(roles)
    return next((role for role in ORDER if role in held and role in MOVES[move].by), None)


def open_moves(state: State, roles: Iterable[Role]) -> tuple[str, ...]:
    """Return every move somebody with these roles may make now, in the table's order."""
    held = set(roles)
    return tuple(name for name, rule in MOVES.items() if state in rule.before and held & rule.by)
