"""Look at every part before the first message comes, and say in Chinese what is missing."""

from __future__ import annotations

import asyncio
import ipaddress
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url

from bot.clock import local_date
from bot.deps import Deps
from bot.errors import SendFailed
from bot.store import inspection, versions
from config import Settings
from config.settings import Account
from handlers import spool
from handlers.health import OLD_MESSAGE_S

CALLED_BACK = ("official_account", "wecom_app", "wecom_robot", "customer_service")
HAS_SECRET = ("official_account", "wecom_app", "customer_service", "customer_group")
OLDEST_REDIS = (6, 2)
WORDS = {
    "official_account": "公众号",
    "wecom_app": "企业微信应用",
    "wecom_robot": "智能机器人",
    "customer_service": "微信客服",
    "group_robot": "群消息推送",
    "customer_group": "客户群",
    "webhook": "事件订阅",
}

#  errcode -> what to do; {variable} is the secret's, {id} the platform's id of the account, {ip} our own address
REMEDIES = {
    40001: "密钥不对：请核对环境变量 {variable}（后台重置过的话，旧的已作废）",
    40125: "密钥不对：请核对环境变量 {variable}（公众号后台：设置与开发—基本配置—AppSecret）",
    40013: "账号编号 {id} 不对：请核对 accounts.toml",
    40164: "本机地址 {ip} 不在白名单：请在公众号后台“IP 白名单”里加上",
    61004: "本机地址 {ip} 不在白名单：请在公众号后台“IP 白名单”里加上",
    60020: "本机地址 {ip} 不在可信 IP 之列：请在企业微信后台该应用的“企业可信IP”里加上",
    40243: "密钥已被冻结：请在后台解冻后更新环境变量 {variable}",
    89503: "平台要管理员确认这次调用：请管理员在微信里同意后再试",
    -1: "平台没有应答或正忙：请检查本机能否访问平台，稍后再试",
}
WAITS = ("on", "local", "remote_write", "remote_apply")  # a commit waits for our disk at least
#  setting            what it should be                                 what to do if it is not
SAFE = {
    "journal_mode": (("wal",), "journal_mode 应为 wal"),
    "synchronous": (("2",), "synchronous 应为 2"),
    "server_encoding": (("UTF8",), "编码应为 UTF8，请以 UTF-8 重建"),
    "synchronous_commit": (WAITS, "synchronous_commit 应为 on：关着的话，断电会丢掉已经回了“收到”的来件"),
    "fsync": (("on",), "fsync 应为 on：关着的话，断电会弄坏整个数据库，请在 postgresql.conf 里改回"),
    "full_page_writes": (("on",), "full_page_writes 应为 on：断电会留下写了一半的页，请在 postgresql.conf 里改回"),
}  # fmt: skip
_IP = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])|(?<![\w:])[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){3,7}")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: fine, fine but worth a thought (`todo` says which), or missing."""

    what: str
    todo: str = ""
    ok: bool = True

    def __str__(self) -> str:
        """Return it as a line for the operator."""
        mark = "✗" if not self.ok else "！" if self.todo else "✓"
        return f"{mark} {self.what}" + (f" – {self.todo}" if self.todo else "")


def _missing(what: str, todo: str) -> Finding:
    return Finding(what, todo, ok=False)


def judged(ok: bool, what: str, todo: str) -> Finding:
    """Return a finding whose `todo` only counts when it is not fine."""
    return Finding(what, "" if ok else todo, ok)


def noted(fine: bool, what: str, todo: str) -> Finding:
    """Return a finding that never fails the check-up, with a word when it is not all it could be."""
    return Finding(what, "" if fine else todo)


async def checkup(deps: Deps) -> list[Finding]:
    """Return what was found, part by part; nobody is written to."""
    findings = [_settings(deps.settings), _public_url(deps.settings)]
    findings += await _database(deps)
    findings.append(await _redis(deps))
    findings += await _accounts(deps)
    findings += await _office(deps)
    findings += await _waiting(deps)
    return findings


def _settings(settings: Settings) -> Finding:
    keys = len(settings.secret_keys)
    note = f"{keys} 把钥匙，第一把用来加密" if keys > 1 else "1 把钥匙"
    return Finding(f"配置：{len(settings.accounts)} 个账号，加密用 {note}，数据在 {settings.home}")


def _public_url(settings: Settings) -> Finding:
    """The platforms call back from outside: they need a name of ours they can reach, over TLS."""
    url, what = settings.public_url, f"对外地址 {settings.public_url}"
    if _is_loopback(urlsplit(url).hostname or ""):
        return Finding(what, "这是本机地址，平台连不进来；上线前请把 LIANXIN_PUBLIC_URL 设为公网域名")
    if not url.startswith("https://"):
        return Finding(what, "不是 https；请在反向代理上配好证书，并把 LIANXIN_PUBLIC_URL 改成 https://…")
    return Finding(what)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback or ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return host in ("", "localhost") or host.endswith(".localhost")


# ---- where things are kept ------------------------------------------------------------------------------------------


async def _database(deps: Deps) -> list[Finding]:
    url = make_url(deps.settings.database_url)
    sqlite = url.get_backend_name() == "sqlite"
    name = "SQLite" if sqlite else "PostgreSQL"
    if not await deps.store.alive():
        return [_missing(f"数据库 {name}", "连不上：请检查 DATABASE_URL、文件权限和数据库服务")]
    async with deps.store.read() as db:
        revision = await inspection.newest_revision(db)
    known = await asyncio.to_thread(versions.known)
    facts = await inspection.durability(deps.store, sqlite=sqlite)
    told = "，".join(f"{key}={value}" for key, value in facts.items())
    wishes = risks(facts)
    return [
        _revision(revision, known),
        judged(not wishes, f"数据库 {name}：{told}", "；".join(wishes)),
    ]


def _revision(revision: str, known: list[str]) -> Finding:
    what = f"数据库结构 {revision or '（空）'}"
    if revision and revision not in known:
        return Finding(what, f"比程序新（程序认得到 {known[0]}）：升级时会这样；退回旧版的，请尽快换回新版")
    return judged(revision == known[0], what, "请先执行 python run.py migrate")


def risks(facts: Mapping[str, str]) -> list[str]:
    """Return what to change so that nothing the database confirmed is lost when the power fails."""
    return [wish for name, (safe, wish) in SAFE.items() if name in facts and facts[name] not in safe]


async def risks_of(deps: Deps) -> list[str]:
    """Return what is said at the start of a service whose database may forget."""
    sqlite = deps.settings.database_url.startswith("sqlite")
    return risks(await inspection.durability(deps.store, sqlite=sqlite))


async def _redis(deps: Deps) -> Finding:
    """Without Redis we still hear and answer, so its absence is worth a word, not a stop."""
    what = "Redis（自带）" if not deps.settings.redis_url else "Redis（REDIS_URL）"
    told = await deps.memory.run("return redis.call('INFO', 'server')", [], [])
    if told is None:
        return _missing(what, "连不上：仍能收消息、存、答，但推送会放慢；请检查 REDIS_URL 和 Redis 服务")
    version = re.search(r"redis_version:(\d+)\.(\d+)[\d.]*", str(told))
    if version is None or (int(version[1]), int(version[2])) < OLDEST_REDIS:
        return _missing(what, f"版本太旧（{version[0] if version else '不明'}），请用 6.2 或更新的 Redis 或 Valkey")
    return Finding(f"{what} {version[0].partition(':')[2]}")


# ---- the accounts ---------------------------------------------------------------------------------------------------


async def _accounts(deps: Deps) -> list[Finding]:
    variables = await asyncio.to_thread(variables_of, deps.settings)
    accounts = deps.settings.accounts.values()
    return list(await asyncio.gather(*(_account(deps, each, variables) for each in accounts)))


def variables_of(settings: Settings) -> Mapping[tuple[str, str], Mapping[str, Any]]:
    """Return each account's table in accounts.toml: there its secrets are called by their variables."""
    tables = tomllib.loads((settings.office_dir / "accounts.toml").read_text(encoding="utf-8"))
    return {(channel, row["code"]): row for channel, rows in tables.items() for row in rows}


async def _account(deps: Deps, account: Account, variables: Mapping[tuple[str, str], Mapping[str, Any]]) -> Finding:
    """Ask for a token; an account that has none can only be tried by hearing or speaking."""
    what = f"{WORDS[account.channel]} {account.code}（{account.name}）"
    if account.channel in CALLED_BACK:
        word = account.channel.replace("_", "-")
        what += f"，回调地址 {deps.settings.public_url}/callback/{word}/{account.code}"
    if account.channel not in HAS_SECRET:
        how = (
            "不发一条就无法试探，请在群里、订阅方看第一条推送"
            if account.channel in ("group_robot", "webhook")
            else "没有令牌可取，请在后台保存回调地址试一次"
        )
        return Finding(what, how)
    try:
        await deps.api.probe(account)
    except SendFailed as failure:
        variable = variables.get((account.channel, account.code), {}).get("secret", "")
        return _missing(what, remedy_of(failure, account, str(variable)))
    return Finding(f"{what}，取得到令牌")


def remedy_of(failure: SendFailed, account: Account, variable: str) -> str:
    """Return what to do about an account that gets no token, with the platform's errcode before it."""
    address = _IP.search(failure.errmsg)
    facts = {
        "variable": variable,
        "id": account.app_id or account.corp_id,
        "ip": address[0] if address else "（见平台提示）",
    }
    known = REMEDIES.get(failure.errcode, "平台不给令牌：请按错误码查平台文档，并核对环境变量 {variable}")
    return f"{failure.errcode} {known.format(**facts)}"


# ---- the office -----------------------------------------------------------------------------------------------------


async def _office(deps: Deps) -> list[Finding]:
    async with deps.store.read() as db:
        counts = await inspection.loaded(db)
        staff = await inspection.staff_without_address(db)
        groups = await inspection.groups_without_voice(db)
        year = local_date(deps.clock.now()).year + 1
        known = await inspection.knows_year(db, year)
    if not counts["station"]:
        return [_missing("机构资料", "还没有载入：请执行 python run.py load")]
    told = "、".join(f"{counts[kind]} {words}" for kind, words in COUNTED.items())
    names = "、".join(f"{name}（{role}）" for name, role in staff)
    return [
        Finding(f"机构资料：{told}"),
        judged(not staff, "代表与工作人员的账号", f"这些人没有可推送的账号，消息会压在工作台：{names}"),
        noted(not groups, "联系群的发言渠道", f"这些群里机器人不能主动说话，提醒要由工作人员转发：{'、'.join(groups)}"),
        noted(known, f"{year} 年放假安排", "还没有，接待日会标“暂定”；公布后更新依赖或在资料里补上，再执行 load"),
    ]


COUNTED = {"station": "个站点", "group": "个联系群", "representative": "位代表", "faq": "条问答"}


async def _waiting(deps: Deps) -> list[Finding]:
    spooled = spool.waiting(deps)
    async with deps.store.read() as db:
        _, age = await deps.outbox.measure(db)
        stuck = await inspection.undelivered(db)
    told = f"暂存 {stuck.get('parked', 0)} 条、没有发出 {stuck.get('refused', 0)} 条"
    waits = f"{spooled} 条在数据库不可用时收下、还没补登：启动服务后会自动补登"
    oldest = f"待发消息：最久的等了 {age / 60:.0f} 分钟"
    return [
        judged(not spooled, "暂存的回调", waits),
        judged(age < OLD_MESSAGE_S, oldest, "没有人在投递：请确认 serve 或 worker 在运行"),
        noted(not stuck, f"发不到的消息：{told}", "请到工作台看原因，由人工联系"),
    ]
