"""Hold the platforms' own ledger against our tables, row by row, whatever happened before.

What was answered with 200 is stored once; what the tables call sent the platform took, and nothing else; what was not
sent stands there with a state and a reason; a double is only where the platform knows no repeat and a row was tried
twice; numbers have no gaps; the history of every case chains.
"""

from collections import Counter, defaultdict

from sqlalchemy import select

from bot.channels.words import flat
from bot.clock import SystemClock
from bot.message import Card, Markdown, Template, Text
from bot.outbox.queue import from_json
from bot.rules.privacy import Sealer
from bot.store.audit import broken_chains
from bot.store.tables import heard, identity, outgoing, suggestion

ASKED = "url_check", "raw", "kf_msg_or_event"  # callbacks that are not stored as something heard
PUSHES = ("message/custom/send", "message/send", "kf/send_msg", "webhook/send", "template/send", "subscribe/bizsend")
KNOWS_REPEATS = ("wecom_app", "customer_service")  # enable_duplicate_check, msgid
BESIDES = ("customer_group", "wecom_robot")  # they go out by a member's tap, or by an address that is used once
SEEN_WAITING = ("held", "prepared", "parked", "refused", "cancelled")


async def proof(platform, store, keys, *, drained=True):
    """Compare everything; returns how much was compared and how many doubles the law allows: a Counter.

    Where the outbox is not `drained`, nobody may be sending just now, and what waits is taken to wait for a limit.
    """
    async with store.read() as db:
        people = await _people(db, Sealer(keys))
        stored = _heard_of(await db.all(select(heard)), people)
        rows = await db.all(select(outgoing).where(outgoing.c.kind == "push"))
        cases = await db.all(select(suggestion))
        lines, broken = await broken_chains(db)
    _every_call_is_stored_once(platform, stored)
    doubles = _every_push_is_told(platform, rows, people, Sealer(keys))
    if drained:
        _nothing_is_forgotten(rows, SystemClock().now())
    numbers_have_no_gaps(cases)
    assert broken == [], f"the history of {broken} does not chain"
    return Counter(heard=sum(stored.values()), pushes=len(rows), cases=len(cases), lines=lines, doubles=doubles)


def numbers_have_no_gaps(cases):
    days = defaultdict(list)
    for case in cases:
        day, _, number = case.number.rpartition("-")
        days[day].append(int(number))
    for day, numbers in days.items():
        assert sorted(numbers) == list(range(1, len(numbers) + 1)), day


async def _people(db, sealer):
    """Return whom each identity is to the platform: id -> (channel/account, external id), and persons -> the same."""
    found = {}
    for row in await db.all(select(identity)):
        who = (f"{row.channel}/{row.account}", sealer.open(row.external_sealed, "identity"))
        found[row.id] = found[row.person_id, who[0]] = who
    return found


# ---- heard ----------------------------------------------------------------------------------------------------------


def _heard_of(rows, people):
    keys = Counter(row.key for row in rows)
    assert not [key for key, times in keys.items() if times > 1], "a key stands there twice"
    return Counter(people.get((row.person_id, f"{row.channel}/{row.account}")) for row in rows)


def _every_call_is_stored_once(platform, stored):
    """A call that ended with 200 is in `heard`, and no call is there oftener than it was begun."""
    begun, taken = Counter(), Counter()
    for row in platform.ledger.tries:
        if row.event not in ASKED:
            begun[row.account, row.person] += row.number == 1
            taken[row.account, row.person] += row.status == 200
    for account in platform.world.accounts:
        if account.channel == "customer_service":
            waiting, _, _ = platform.world.kf.page(account.open_kfid, 0, 1_000_000, platform.world.now())
            begun.update((account.key, row["external_userid"]) for row in waiting if row.get("origin") == 3)
            taken.update((account.key, row["external_userid"]) for row in waiting if row.get("origin") == 3)
    for who in begun:
        assert taken[who] <= stored[who] <= begun[who], f"{who}: {taken[who]} answered, {stored[who]} stored"


# ---- told -----------------------------------------------------------------------------------------------------------


def _every_push_is_told(platform, rows, people, sealer):
    """Compare what the tables call sent with what the platform delivered; returns the doubles the law allows."""
    robots = {account.code: account.group for account in platform.world.accounts if account.channel == "group_robot"}
    owed, tried = defaultdict(list), set()
    for row in rows:
        if row.told_in_id in (None, row.id) and row.channel not in BESIDES:
            what = _what(row, people, robots, sealer)
            owed[what].append(row)
            tried |= {what} if row.attempts > 1 or row.state != "sent" else set()
    told = Counter(_told(call) for call in platform.ledger.calls if call.path.endswith(PUSHES) and _taken(call))
    doubles = 0
    for what, sent in owed.items():
        due = sum(row.state == "sent" for row in sent)
        assert told[what] >= due, (
            f"called sent, never delivered: {[(row.key, row.state, row.content[:200]) for row in sent]}; there were:"
            f" {[(call.fate, *_told(call)) for call in platform.ledger.calls if call.target == what[1]][-30:]}"
        )
        if (more := told[what] - due) > 0:
            assert what in tried, f"told {told[what]} times without a second try: {what[:2]}"
            assert not what[0].startswith(KNOWS_REPEATS) or sent[0].state != "sent", f"told twice: {what[:2]}"
            doubles += more
    assert [what for what in told if what not in owed] == [], "the platform delivered what nobody owed"
    assert platform.calls(fate="dropped") == [], "said over the limit: silence"
    return doubles


def _taken(call):
    return call.fate in ("delivered", "partly")


def _told(call):
    card = call.request.get("template_card") or {}
    content = card.get("task_id") or ("template" if call.kind == "template" else call.content)
    return call.account, call.target, content


def _what(row, people, robots, sealer):
    if row.identity_id is not None:
        account, target = people[row.identity_id]
    else:
        account = f"{row.channel}/{row.account}"
        target = robots.get(row.account, "") if row.channel == "group_robot" else ""
        target = target or (sealer.open(row.address_sealed, "address") if row.address_sealed else "")
    match from_json(row.content):
        case Text(words) | Markdown(words):
            return account, target, words
        case Card() as card if row.channel == "wecom_app" and (card.buttons or card.url or card.door):
            return account, target, card.task_id
        case Card() as card:
            return account, target, flat(card)
        case Template():
            return account, target, "template"
        case other:
            return account, target, str(other)


def _nothing_is_forgotten(rows, now):
    """What was not sent is visible: it waits for a later moment, or rests in a state with a reason."""
    for row in rows:
        match row.state:
            case "sent":
                continue
            case "waiting":
                assert row.due_at > now or (row.lease_until and row.lease_until > now), f"due and forgotten: {row.key}"
            case state:
                assert state in SEEN_WAITING, f"{row.key} is {state}"
                assert row.error or state in ("held", "prepared", "cancelled"), f"{row.key}: nobody knows why"
