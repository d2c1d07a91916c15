"""A suggestion's whole way as one table that can be read aloud."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.errors import Refused


class State(StrEnum):
    """Where a suggestion stands."""

    RECEIVED = "received"  # 已收到
    ADMITTED = "admitted"  # 已受理
    DECLINED = "declined"  # 不予受理
    ASSIGNED = "assigned"  # 已交办
    ACCEPTED = "accepted"  # 已签收
    HANDLING = "handling"  # 办理中
    REPLIED = "replied"  # 已办复
    TOLD = "told"  # 已告知
    RATED = "rated"  # 已评价
    CLOSED = "closed"  # 已办结
    REHANDLING = "rehandling"  # 重新办理
    WITHDRAWN = "withdrawn"  # 已撤回


class Role(StrEnum):
    """In whose name somebody acts on a case."""

    VOTER = "voter"  # 提出人
    JOINER = "joiner"  # 联名人（“我也遇到了”）
    REPRESENTATIVE = "representative"  # 承接的代表
    UNIT = "unit"  # 承办单位
    CLERK = "clerk"  # 站工作人员
    OFFICE = "office"  # 人大常委会代表工委
    AUDITOR = "auditor"  # 只看不动
    SERVICE = "service"  # 系统自己


S, R = State, Role


@dataclass(frozen=True, slots=True)
class Move:
    """One step: from which states, to which (None: the state stays), by whom, and whether it needs a reason."""

    before: frozenset[State]
    after: State | None
    by: frozenset[Role]
    reason: bool = False


def _move(before: set[State], after: State | None, by: set[Role], *, reason: bool = False) -> Move:
    return Move(frozenset(before), after, frozenset(by), reason)


DESK = {R.CLERK, R.OFFICE}
HANDLERS = {R.REPRESENTATIVE, R.UNIT}
OPEN = {S.RECEIVED, S.ADMITTED, S.ASSIGNED, S.ACCEPTED, S.HANDLING, S.REPLIED, S.TOLD, S.RATED, S.REHANDLING}
UNANSWERED = OPEN - {S.REPLIED, S.TOLD, S.RATED}
EVER = set(State)
OVER = frozenset({S.CLOSED, S.DECLINED, S.WITHDRAWN})  # what programs call closed

#   move          from                                            to            by
MOVES: dict[str, Move] = {
    "admit":      _move({S.RECEIVED},                             S.ADMITTED,   DESK),
    "unadmit":    _move({S.ADMITTED},                             S.RECEIVED,   DESK),
    "decline":    _move({S.RECEIVED, S.ADMITTED},                 S.DECLINED,   DESK, reason=True),
    "reconsider": _move({S.DECLINED},                             S.RECEIVED,   DESK, reason=True),
    "assign":     _move({S.ADMITTED, S.ASSIGNED, S.ACCEPTED, S.HANDLING, S.REHANDLING}, S.ASSIGNED, DESK),
    "recall":     _move({S.ASSIGNED},                             S.ADMITTED,   DESK),
    "accept":     _move({S.ASSIGNED},                             S.ACCEPTED,   HANDLERS),
    "return":     _move({S.ASSIGNED, S.ACCEPTED},                 S.ADMITTED,   HANDLERS, reason=True),
    "transfer":   _move({S.ASSIGNED, S.ACCEPTED, S.HANDLING},     S.ASSIGNED,   {R.REPRESENTATIVE}),
    "handle":     _move({S.ACCEPTED},                             S.HANDLING,   {*HANDLERS, *DESK}),
    "reply":      _move({S.ACCEPTED, S.HANDLING, S.REHANDLING},   S.REPLIED,    {*HANDLERS, *DESK}),
    "tell":       _move({S.REPLIED},                              S.TOLD,       {R.SERVICE, *DESK}),
    "rate":       _move({S.REPLIED, S.TOLD, S.RATED, S.CLOSED},   S.RATED,      {R.VOTER}),
    "close":      _move({S.TOLD, S.RATED},                        S.CLOSED,     {R.SERVICE, *DESK}),
    "follow":     _move(OPEN,                                     S.CLOSED,     {R.SERVICE}),  # 并案的随着办结
    "rehandle":   _move({S.TOLD, S.RATED, S.CLOSED},              S.REHANDLING, {R.VOTER, *DESK}, reason=True),
    "withdraw":   _move({S.RECEIVED, S.ADMITTED, S.ASSIGNED},     S.WITHDRAWN,  {R.VOTER}),
    "erase":      _move(UNANSWERED,                               S.WITHDRAWN,  {R.VOTER}),  # 提出人删除了自己的信息
    # what leaves the state as it is
    "see":        _move(EVER,                                     None,         {*HANDLERS, *DESK}),
    "visit":      _move({S.ASSIGNED, S.ACCEPTED, S.HANDLING, S.REPLIED, S.TOLD, S.REHANDLING}, None, HANDLERS),
    "meet":       _move({S.ACCEPTED, S.HANDLING, S.REPLIED, S.TOLD, S.REHANDLING}, None, {*HANDLERS, *DESK}),
    "opinion":    _move({S.ASSIGNED, S.ACCEPTED, S.HANDLING, S.REHANDLING}, None, {R.UNIT}),
    "pause":      _move({S.ACCEPTED, S.HANDLING, S.REHANDLING},   None,         DESK, reason=True),
    "resume":     _move({S.ACCEPTED, S.HANDLING, S.REHANDLING},   None,         {R.SERVICE, *DESK}),
    "extend":     _move({S.ASSIGNED, S.ACCEPTED, S.HANDLING, S.REHANDLING}, None, DESK, reason=True),
    "ask_time":   _move({S.ASSIGNED, S.ACCEPTED, S.HANDLING, S.REHANDLING}, None, {R.UNIT}, reason=True),
    "reweigh":    _move({S.RECEIVED, S.ADMITTED, S.ASSIGNED, S.ACCEPTED, S.HANDLING}, None, DESK),
    "categorise": _move(OPEN | {S.CLOSED},                        None,         DESK),
    "urge":       _move(OPEN,                                     None,         {R.SERVICE, *DESK}),
    "escalate":   _move(OPEN,                                     None,         {R.SERVICE, R.CLERK}),
    "supervise":  _move(OPEN | {S.CLOSED},                        None,         {R.SERVICE, R.OFFICE}),
    "release":    _move(EVER,                                     None,         {R.OFFICE}, reason=True),
    "supplement": _move(OPEN,                                     None,         {R.VOTER, R.JOINER, *DESK}),
    "join":       _move(OPEN,                                     None,         {R.JOINER, *DESK}),
    "merge":      _move(OPEN,                                     None,         {R.VOTER, *DESK}),
    "unmerge":    _move(EVER - {S.CLOSED},                        None,         {R.VOTER, *DESK}, reason=True),
    "publish":    _move({S.TOLD, S.RATED, S.CLOSED},              None,         DESK),
    "unpublish":  _move(EVER,                                     None,         {R.SERVICE, *DESK}, reason=True),
    "seal":       _move(EVER,                                     None,         {R.VOTER, *DESK}),
    "unseal":     _move(EVER,                                     None,         {R.VOTER, R.OFFICE}),
    "rate_unit":  _move({S.REPLIED, S.TOLD, S.RATED, S.CLOSED},   None,         {R.REPRESENTATIVE}),
    "untold":     _move(EVER,                                     None,         DESK, reason=True),
}  # fmt: skip

# What a voter is told of: every outward step, once (a move's name is the key of its text).
OUTWARD = frozenset(
    {"admit", "decline", "reconsider", "assign", "reply", "rehandle", "merge", "unmerge", "close", "withdraw"}
)


def step(move: str, state: State, role: Role, reason: str = "") -> State:
    """Return the state after the move; raises Refused with a code whose text says what is possible instead."""
    rule = MOVES[move]
    if role not in rule.by:
        raise Refused("not_yours_to_do", move=move, role=role)
    if state not in rule.before:
        raise Refused("not_now", move=move, state=state)
    if rule.reason and not reason.strip():
        raise Refused("needs_reason", move=move)
    return rule.after or state


def possible(state: State, role: Role) -> tuple[str, ...]:
    """Return the moves this role may make from this state, in the table's order."""
    return tuple(name for name, rule in MOVES.items() if role in rule.by and state in rule.before)
