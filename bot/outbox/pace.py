"""Keep the pace: say when the next push may go, so that no platform limit is broken by all our processes together.

One rule, exact for any window: a push may go when the `limit`-th push before it went at least a window ago.
Redis keeps the moments of the last `limit` pushes of a bucket. Time is the caller's, not Redis's, because tests and the
scripted day travel in time. Clocks that disagree or go backwards cannot break the limit: deal the pushes out to `limit`
rows in turn, and within each row any two are a window apart, so a window holds at most one of each row.

A push may be taken for a moment that is still to come (`ahead`): whoever knows when it goes need not ask again. The
platform counts a push when it arrives, not when we let it go, so it is booked a little later than it goes (`SLACK`),
and one whose answer took longer than that is booked anew for when the answer came (`late`).

While Redis is away each process keeps the pace alone, at a quarter of every limit (`ALONE`): four processes that know
nothing of each other stay within it. What this process let through before and during that time, it remembers.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from bot.clock import at_local, local_date
from bot.memory import Memory

MINUTE, HOUR, DAY = 60, 3600, 86400
ACCOUNT, RECEIVER = "account", "receiver"
ALONE = 4
SLACK = 100  # a push is booked a hundredth of its window later than it goes: so long it may be on its way
ROOM = 4096  # buckets remembered in this process before the stale ones are cleared out
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
SECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Limit:
    """What a platform allows: so many pushes in such a time, counted for the account or for each receiver."""

    per: str
    count: int
    window_s: int
    source: str  # section of platform.md, and the platform's own page


# Limits of a person's 48-hour window (5 pushes) stand in the identity's row, not here: they are no pace.
#                            counted for each   how many  in         says
LIMITS: Mapping[str, tuple[Limit, ...]] = {
    "official_account": (Limit(ACCOUNT, 100_000, DAY, "A5: 100,000 template messages a day; of the others 500,000"),),
    "customer_service": (
        Limit(ACCOUNT, 10_000, MINUTE, "B3, WW 90312: one interface of one corp"),
        Limit(ACCOUNT, 150_000, HOUR, "B3, WW 90312: one interface of one corp"),
    ),
    "wecom_app": (
        Limit(RECEIVER, 30, MINUTE, "B3, WW 90312: the excess is dropped silently"),
        Limit(RECEIVER, 1_000, HOUR, "B3, WW 90312: the excess is dropped silently"),
        Limit(ACCOUNT, 10_000, MINUTE, "B3, WW 90312: one interface of one corp"),
        Limit(ACCOUNT, 150_000, HOUR, "B3, WW 90312: one interface of one corp"),
    ),
    "wecom_robot": (
        Limit(RECEIVER, 30, MINUTE, "B6, WW 101463: one conversation"),
        Limit(RECEIVER, 1_000, HOUR, "B6, WW 101463: one conversation"),
    ),
    "webhook": (Limit(ACCOUNT, 300, MINUTE, "[A] no platform's limit: what a small receiver bears"),),
    "group_robot": (
        Limit(ACCOUNT, 20, MINUTE, "B5, WW 99110: one webhook; beyond it 45009 and ten minutes of silence"),
    ),
    "customer_group": (
        Limit(
            RECEIVER, 1, DAY, "B7, WW 92135: as many a month as it has days; the strictest a corp can set is 1 a day"
        ),
        Limit(ACCOUNT, 10_000, MINUTE, "B3, WW 90312: one interface of one corp"),
    ),
}

# KEYS: the buckets. ARGV: now, how far ahead it may be taken, the earliest moment it may go, then limit, window, slack
# and day (0, or the moment that counts instead of its own) for each; all times in microseconds, which a double holds.
TAKE = """
local now, go = tonumber(ARGV[1]), tonumber(ARGV[3])
for i, key in ipairs(KEYS) do
  local oldest = redis.call('LINDEX', key, tonumber(ARGV[4 * i]) - 1)
  if oldest then go = math.max(go, tonumber(oldest) + tonumber(ARGV[4 * i + 1])) end
end
if go - now > tonumber(ARGV[2]) then return go - now end
for i, key in ipairs(KEYS) do
  local limit, window, slack, day = unpack(ARGV, 4 * i, 4 * i + 3)
  redis.call('LPUSH', key, day == '0' and string.format('%.0f', go + slack) or day)
  redis.call('LTRIM', key, 0, limit - 1)
  redis.call('PEXPIRE', key, math.ceil(window / 1000) * 2 + 60000)
end
return go - now
"""
NOTHING = -1  # microseconds ahead: takes nothing, only asks

# KEYS: the buckets. ARGV: for each the moment that was booked and the one that counts.
LATE = """
for i, key in ipairs(KEYS) do
  local at = redis.call('LPOS', key, ARGV[2 * i - 1])
  if at then redis.call('LSET', key, at, ARGV[2 * i]) end
end
return 0
"""


@dataclass(frozen=True, slots=True)
class Budget:
    """One limit a push draws on: at most `limit` in any window; `by_day` counts days of the office instead.

    With `slack_s` a push counts from so many seconds after it goes, for that is when it may arrive.
    """

    bucket: str
    limit: int
    window_s: int
    by_day: bool = False
    slack_s: float = 0.0

    @property
    def key(self) -> str:
        """Return its name in Redis; one bucket may have several windows."""
        return f"lianxin:pace:{self.bucket}:{self.window_s}"

    @property
    def window(self) -> int:
        """Return the window in microseconds."""
        return self.window_s * SECOND

    @property
    def slack(self) -> int:
        """Return the slack in microseconds."""
        return round(self.slack_s * SECOND)

    def stamp(self, at: int) -> int:
        """Return the moment in microseconds that a push of that moment counts from."""
        return self.midnight(at) if self.by_day else at + self.slack

    def midnight(self, at: int) -> int:
        """Return the last midnight in Shanghai."""
        return _micros(at_local(local_date(EPOCH + at * MICROSECOND), 0))


def budgets(channel: str, account: str, receiver: str) -> tuple[Budget, ...]:
    """Return the platform's limits that one push to this receiver draws on; a receiver's id is not kept readable."""
    # WeCom ids come back in lower case (WW 90236), so case must not make two people of one
    person = hashlib.sha256(receiver.lower().encode()).hexdigest()[:24]
    names = {ACCOUNT: f"{channel}:{account}", RECEIVER: f"{channel}:{account}:{person}"}
    return tuple(
        Budget(names[limit.per], limit.count, limit.window_s, by_day=True)
        if limit.window_s == DAY
        else Budget(names[limit.per], limit.count, limit.window_s, slack_s=limit.window_s / SLACK)
        for limit in LIMITS.get(channel, ())
    )


def account_budgets(channel: str, account: str) -> tuple[Budget, ...]:
    """Return those of the limits that all pushes of an account draw on together."""
    return tuple(each for each in budgets(channel, account, "") if each.bucket == f"{channel}:{account}")


class Pace:
    """The pace of all processes together."""

    def __init__(self, memory: Memory) -> None:
        """Share the counts through `memory`."""
        self._memory = memory
        self._own = _Book()

    async def take(self, bucket: str, limit: int, per_seconds: int, now: datetime) -> float:
        """Take one push out of one bucket: 0.0 means go, else the seconds to wait before asking again."""
        return await self.take_all([Budget(bucket, limit, per_seconds)], now)

    async def take_all(self, asked: Iterable[Budget], now: datetime, ahead_s: float = 0.0) -> float:
        """Take one push out of every bucket, or out of none; returns the seconds to wait before it may go.

        Up to `ahead_s` of them it is taken and goes when they are over; beyond that nothing is taken: ask again then.
        Nothing is taken ahead where a day counts. A limit of 0 lets nothing through: come back after a window, the
        rule may have changed.
        """
        wanted = list({budget.key: budget for budget in asked}.values())
        if shut := [budget.window_s for budget in wanted if budget.limit < 1]:
            return float(max(shut))
        ahead = 0 if any(budget.by_day for budget in wanted) else round(ahead_s * SECOND)  # each day counts its own
        return await self._take(wanted, _micros(now), ahead) / SECOND

    async def full(self, asked: Iterable[Budget], now: datetime) -> bool:
        """Whether any of the buckets has no room now; takes nothing out of them."""
        wanted, at = list(asked), _micros(now)
        if self._own.wait(wanted, at):
            return True
        return bool(wanted and await self._memory.run(TAKE, *_call(wanted, at, NOTHING, at)))

    async def late(self, asked: Iterable[Budget], went: datetime, answered: datetime) -> None:
        """Note that a push that `went` at that moment was on its way longer than its slack; shorter changes nothing."""
        before, after = _micros(went), _micros(answered)
        slow = [budget for budget in asked if not budget.by_day and after > budget.stamp(before)]
        if slow:
            self._own.rebook(slow, before, after)
            await self._memory.run(
                LATE, [b.key for b in slow], [each for b in slow for each in (b.stamp(before), after)]
            )

    async def _take(self, wanted: Sequence[Budget], at: int, ahead: int) -> int:
        """Ask ourselves and Redis; return microseconds to wait."""
        if not wanted:
            return 0
        own = self._own.wait(wanted, at)  # what this process knows outlives a lost Redis
        if own > ahead:
            return own
        wait: int | None = await self._memory.run(TAKE, *_call(wanted, at, ahead, at + own))
        if wait is None:
            wait = self._own.wait([replace(b, limit=max(1, b.limit // ALONE)) for b in wanted], at)
        if wait <= ahead:
            self._own.note(wanted, at + wait)
        return wait


class _Book:
    """What this process let through, by the same rule as the script."""

    def __init__(self) -> None:
        """Start empty."""
        self._stamps: dict[str, deque[int]] = {}  # newest first
        self._stale_at: dict[str, int] = {}
        self._room = ROOM

    def wait(self, wanted: Iterable[Budget], at: int) -> int:
        """Return the microseconds until all of them have room."""
        return max((self._free_at(budget, at) - at for budget in wanted), default=0)

    def note(self, wanted: Iterable[Budget], at: int) -> None:
        """Write down in each of them one push that goes at that moment."""
        for budget in wanted:
            stamps = self._stamps.setdefault(budget.key, deque())
            stamps.appendleft(stamp := budget.stamp(at))
            while len(stamps) > budget.limit:
                stamps.pop()
            self._stale_at[budget.key] = max(stamp + budget.window, self._stale_at.get(budget.key, 0))
        if len(self._stamps) > self._room:
            self._clear_out(at)
            self._room = max(ROOM, 2 * len(self._stamps))  # what is left is in use: look again when it has doubled

    def rebook(self, wanted: Iterable[Budget], before: int, after: int) -> None:
        """Let a push that went `before` count from `after`."""
        for budget in wanted:
            stamps, stamp = self._stamps.get(budget.key, deque()), budget.stamp(before)
            if stamp in stamps:
                stamps[stamps.index(stamp)] = after
                self._stale_at[budget.key] = max(after + budget.window, self._stale_at[budget.key])

    def _free_at(self, budget: Budget, at: int) -> int:
        """Return when the limit-th push before this one leaves the window, at the earliest now."""
        stamps = self._stamps.get(budget.key, ())
        return max(at, stamps[budget.limit - 1] + budget.window) if len(stamps) >= budget.limit else at

    def _clear_out(self, at: int) -> None:
        """Forget the buckets whose every push has left its window."""
        for key in [key for key, stale_at in self._stale_at.items() if stale_at <= at]:
            del self._stamps[key], self._stale_at[key]


def _call(wanted: Sequence[Budget], at: int, ahead: int, earliest: int) -> tuple[list[str], list[int]]:
    """Return the script's keys and arguments."""
    facts = [fact for b in wanted for fact in (b.limit, b.window, b.slack, b.midnight(at) if b.by_day else 0)]
    return [b.key for b in wanted], [at, ahead, earliest, *facts]


def _micros(moment: datetime) -> int:
    """Return whole microseconds since 1970 in UTC; a naive moment raises TypeError."""
    return (moment - EPOCH) // MICROSECOND
