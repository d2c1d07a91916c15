"""Set the stage: secrets nobody has to type, the emulated platforms, the service wired to them."""

from __future__ import annotations

import base64
import os
import tomllib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from bot.actions.office import load_office
from bot.clock import Clock, local
from bot.deps import Deps
from bot.emulator import ChatLine, EmulatedAccount, EmulatedGroup, EmulatedPerson, Emulator, make_account
from config import Settings, load_settings
from config.office_data import OfficeData, read_office
from config.office_models import Account

URL_WORD = {
    "official_account": "official-account",
    "wecom_app": "wecom-app",
    "wecom_robot": "wecom-robot",
    "customer_service": "customer-service",
}
ADDRESSES = ("WECHAT_API_BASE", "WECOM_API_BASE", "WECOM_LOGIN_BASE", "OAUTH_BASE")  # where the platforms are found
SECRETS = ("token", "aes_key", "secret", "webhook_key")
NAMES = {
    "official_account": "公众号",
    "wecom_app": "企业微信",
    "wecom_robot": "内部群",
    "customer_service": "微信客服",
    "group_robot": "群通知",
    "customer_group": "客户群",
}
#        channel              id              name      what the index says
VOTERS = (
    ("official_account", "oWangGuilan", "王桂兰", "退休职工，滨河家园"),
    ("customer_service", "wmKangDeming", "康德明", "没有关注公众号，扫群里的码进微信客服"),
)
# a representative who uses no WeCom in the demo, and the id under which she follows the 服务号
WITHOUT_WECOM = ("chen-lihua", "oChenLihua")
# what the menu below a chat says, and its key: those of handlers/chat/menu.py
MENUS = {
    "official_account": (
        ("我要说事", "suggest"),
        ("办理进度", "progress"),
        ("接待日", "reception"),
        ("我的代表", "representatives"),
        ("转人工", "human"),
        ("帮助", "help"),
    ),
    "wecom_app": (("接待日", "reception"), ("帮助", "help")),
}

Opened = Callable[[AsyncExitStack, Settings, Clock | None], Awaitable[Deps]]
Started = Callable[..., Awaitable[int]]
Prepare = Callable[[Settings], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that plays together."""

    deps: Deps
    platform: Emulator
    port: int
    platform_url: str


@asynccontextmanager
async def stage(
    home: Path, clock: Clock, ports: tuple[int, int], parts: tuple[Opened, Started, Prepare], *, scripted: bool
) -> AsyncIterator[Stage]:
    """Start platforms and service on these ports (0: any); scripted, the timetable is moved by the script alone."""
    opened, started, prepare = parts
    office_dir = Path(os.environ.get("LIANXIN_OFFICE", "config/office"))
    env = demo_environment(home, office_dir) | {"LIANXIN_PORT": str(ports[0])}
    settings = load_settings(env)
    office = _with_a_follower(read_office(office_dir))
    office = office if scripted else _without_quiet_hours(office)
    async with AsyncExitStack() as stack:
        platform = _platform(settings, office, clock)
        platform_url = await platform.start(port=ports[1])
        stack.push_async_callback(platform.stop)
        settings = load_settings(env | dict.fromkeys(ADDRESSES, platform_url))
        await prepare(settings)
        deps = await opened(stack, settings, clock)
        await deps.store.write(partial(load_office, data=office, seal=deps.sealer, now=deps.clock.now()))
        port = await started(stack, deps, port=ports[0], tick=not scripted)
        for account in platform.world.accounts:
            if account.channel in URL_WORD:
                path = f"/callback/{URL_WORD[account.channel]}/{account.code}"
                account.callback_url = f"http://{settings.host}:{port}{path}"
        yield Stage(deps, platform, port, platform_url)


def demo_environment(home: Path, office_dir: Path) -> dict[str, str]:
    """Return the environment with a secret made up for every one that is not set; they are kept in the home."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    kept = home / "demo.env"
    env = dict(_read(kept))
    wanted = {"LIANXIN_SECRET_KEY": base64.b64encode(os.urandom(32)).decode()} | _account_secrets(office_dir)
    missing = {name: value for name, value in wanted.items() if name not in env}
    if missing:
        env |= missing
        kept.touch(mode=0o600)
        kept.write_text("".join(f"{name}={value}\n" for name, value in sorted(env.items())), encoding="utf-8")
    passed_on = {
        name: value for name, value in os.environ.items() if name.startswith(("LIANXIN_", "DATABASE_URL", "REDIS_URL"))
    }
    return env | passed_on | {"LIANXIN_HOME": str(home)}


def _read(path: Path) -> list[tuple[str, str]]:
    if not path.exists():
        return []
    pairs = (line.split("=", 1) for line in path.read_text(encoding="utf-8").splitlines() if "=" in line)
    return [(name, value) for name, value in pairs]


def _account_secrets(office_dir: Path) -> dict[str, str]:
    """Return a made-up value for every variable that accounts.toml names."""
    tables: Mapping[str, list[dict[str, Any]]] = tomllib.loads(
        (office_dir / "accounts.toml").read_text(encoding="utf-8")
    )
    made: dict[str, str] = {}
    for channel, rows in tables.items():
        for row in rows:
            account = make_account(channel, row["code"])
            made |= {row[name]: getattr(account, name) for name in SECRETS if name in row}
    return made


def _with_a_follower(office: OfficeData) -> OfficeData:
    """Return the office in which one of the sample's representatives follows the 服务号 instead of using WeCom."""
    code, openid = WITHOUT_WECOM
    account = next(
        (
            each.account
            for group in office.groups
            for each in group.addresses
            if code in group.representatives and each.channel == "official_account"
        ),
        "",
    )
    if not account:
        return office
    follows = (Account(channel="official_account", account=account, id=openid),)
    people = tuple(
        each.model_copy(update={"identities": follows}) if each.code == code else each
        for each in office.representatives
    )
    return replace(office, representatives=people)


def _without_quiet_hours(office: OfficeData) -> OfficeData:
    """Return the office awake at any hour: whoever tries the demo late in the evening wants to see the cards come."""
    limits = (each.model_copy(update={"value": 0}) if each.unit == "clock" else each for each in office.limits)
    groups = (each.model_copy(update={"quiet_from": "00:00", "quiet_until": "00:00"}) for each in office.groups)
    return replace(office, limits=tuple(limits), groups=tuple(groups))


def _platform(settings: Settings, office: OfficeData, clock: Clock) -> Emulator:
    """Return the emulated platforms with the office's accounts, staff and groups."""
    accounts = [_twin(account, office) for account in settings.accounts.values()]
    people = [*_voters(accounts), *_staff(office)]
    groups = [
        EmulatedGroup(address.address, group.name, address.account, tuple(_wecom_ids(group, office)))
        for group in office.groups
        for address in group.addresses
        if address.purpose == "chat"
    ]
    groups += [
        EmulatedGroup(address.address, f"{group.name}（客户群）", owner=settings.accounts[key].sender)
        for group in office.groups
        for address in group.addresses
        if (key := (address.channel, address.account))[0] == "customer_group"
    ]
    return Emulator(accounts, clock.now, people=people, groups=groups)


def _twin(account: Any, office: OfficeData) -> EmulatedAccount:
    """Return the platform's side of an account; a group's webhook posts into the group's internal chat."""
    fields = ("channel", "code", "name", "mode", "app_id", "corp_id", "agent_id", "open_kfid", "sender", *SECRETS)
    twin = EmulatedAccount(
        **{name: getattr(account, name) for name in fields},
        template_fields={each.id.removeprefix("subscribe:"): each.names for each in account.templates.values()},
    )
    twin.menu = MENUS.get(account.channel, ())
    twin.scenes = tuple(_scenes(account, office))
    if account.channel == "group_robot":
        twin.chat_id = next(
            (
                chat.address
                for group in office.groups
                for speak in group.addresses
                if speak.purpose == "speak" and speak.account == account.code
                for chat in group.addresses
                if chat.purpose == "chat"
            ),
            "",
        )
    return twin


def _scenes(account: Any, office: OfficeData) -> Iterator[tuple[str, str]]:
    """Yield the QR codes that lead to an account: the group that shows it, and its scene."""
    for group in office.groups:
        for each in group.addresses:
            if (each.purpose, each.channel, each.account) == ("scene", account.channel, account.code):
                yield group.name, each.address


def _voters(accounts: list[EmulatedAccount]) -> Iterator[EmulatedPerson]:
    """Yield a voter for the first account of each channel that voters write to."""
    for channel, person, name, note in VOTERS:
        account = next((each for each in accounts if each.channel == channel), None)
        if account is not None:
            yield EmulatedPerson(person, name, "voter", account.key, note)


def _staff(office: OfficeData) -> list[EmulatedPerson]:
    """Return whoever works with us, by WeCom or by the 服务号: a push to any of them finds somebody."""
    cast = (
        ("representative", office.representatives),
        ("clerk", office.clerks),
        ("officer", office.officers),
        ("unit", office.unit_people),
    )
    names = {each.code: each.name for each in office.offices} | {each.code: each.name for each in office.units}
    return [
        EmulatedPerson(each.id, person.name, role, f"{each.channel}/{each.account}", _note(person, names))
        for role, people in cast
        for person in people
        for each in person.identities
        if each.channel in ("wecom_app", "official_account")
    ]


def _note(person: Any, names: Mapping[str, str]) -> str:
    """Return what the index says beside somebody's name: a title, or where they work."""
    codes = getattr(person, "offices", ()) or getattr(person, "units", ())
    return getattr(person, "title", "") or "、".join(names[code] for code in codes)


def _wecom_ids(group: Any, office: OfficeData) -> list[str]:
    codes = {*group.representatives, *group.clerks}
    people = [person for person in (*office.representatives, *office.clerks) if person.code in codes]
    return [each.id for person in people for each in person.identities if each.channel == "wecom_app"]


def told(line: ChatLine, platform: Emulator) -> str:
    """Return one line of a chat as people would see it."""
    channel = NAMES.get(line.account.split("/")[0], "")
    name = platform.world.name_of(line.person) if line.person else ""
    group = platform.world.groups[line.chat].name if line.chat in platform.world.groups else ""
    place = f"{channel}·{group}" if group else f"{channel}·{name}"
    speaker = name if line.author == "person" else ("机器人" if line.author == "service" else "平台")
    body = line.text.replace("\n", "\n" + " " * 8)
    return f"[{local(line.at):%m-%d %H:%M} {place}] {speaker}：{body}"
