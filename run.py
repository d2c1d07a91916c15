"""Every command of the house, and the one place where all its parts meet."""

from __future__ import annotations

import argparse
import asyncio
import base64
import io
import os
import sys
from collections.abc import Iterable
from contextlib import AsyncExitStack
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot import logs
from config import BadConfig, Settings, load_settings

if TYPE_CHECKING:
    from bot.clock import Clock
    from bot.deps import Deps

SAY = partial(print, flush=True)


def main(words: list[str] | None = None) -> int:
    """Carry out one command and return the exit code: 0 done, 1 not done, 2 misconfigured."""
    arguments = _parser().parse_args(words)
    logs.configure(verbose=arguments.verbose)
    try:
        result = arguments.do(arguments)
    except BadConfig as faults:
        SAY(f"配置有误，请改正后再来：\n{faults}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return int(result or 0)


# ---- serving -------------------------------------------------------------------------------------------------------


def serve(arguments: argparse.Namespace) -> None:
    """Run the service until it is told to stop."""
    from bot.thrift import one_heap

    one_heap()
    settings = load_settings()
    _migrate(settings)
    _run(_serve(settings, arguments.only))


async def _serve(settings: Settings, only: str) -> None:
    from bot.app import until_stopped
    from bot.thrift import spare_the_collector

    stopped = asyncio.ensure_future(until_stopped())
    await asyncio.sleep(0)  # told to stop while we start, we stop in order all the same
    async with AsyncExitStack() as stack:
        deps = await opened(stack, settings)
        spare_the_collector()
        port = await started(stack, deps, only=only)
        await _say_risks(deps)
        if port:
            SAY(f"连心已启动：http://{settings.host}:{port}/healthz　工作台：http://127.0.0.1:{port}/console/")
            await _say_first_link(deps, port)
        await stopped


async def _say_risks(deps: Deps) -> None:
    """Say aloud, before the first message, that the database may lose what it confirmed."""
    from handlers.checkup import risks_of

    for wish in await risks_of(deps):
        SAY(f"⚠ 数据库：{wish}", file=sys.stderr)


async def _say_first_link(deps: Deps, port: int) -> None:
    """Print the one link of the first day, by which the office's first person sets a password."""
    from handlers.console.inviting import first_link

    if path := await first_link(deps.store, deps.clock.now()):
        SAY(f"首次使用：请代表工委的人员打开这个一次性链接，设置密码（24 小时内有效）：http://127.0.0.1:{port}{path}")


async def opened(stack: AsyncExitStack, settings: Settings, clock: Clock | None = None) -> Deps:
    """Open every part of a service."""
    from bot.app import assembled
    from handlers import ROUTER, entrances, errands, faq_change
    from handlers.knowledge import learn, reword
    from handlers.public import entrance

    deps = await stack.enter_async_context(assembled(settings, learn, clock))
    await reword(deps)
    named = {
        "pull": errands.pull,
        "media": errands.fetch,
        "alike": errands.offer_alike,
        "receipt": errands.note_receipt,
        "shred": errands.shred,
        "entry": entrances.fetch,
        "page_code": entrance.send_code,
        "faq_effect": faq_change.show_effect,
    }
    deps.outbox.errands |= {name: partial(errand, deps, ROUTER) for name, errand in named.items()}
    return deps


async def started(
    stack: AsyncExitStack, deps: Deps, *, only: str = "", port: int | None = None, tick: bool = True
) -> int:
    """Start what `only` names (web, worker, or both) and return the port of the web, 0 without one."""
    from bot.app import delivering, listening, ticking, web_app
    from handlers import HEALTH, ROUTER, ROUTES, TIMETABLE
    from handlers.webhooks import DEPS
    from handlers.webhooks import ROUTER as ROUTER_KEY

    if only != "web":
        await stack.enter_async_context(delivering(deps))
    timetable = [entry for entry in TIMETABLE if only != "web" or not entry.alone]
    if tick:
        await stack.enter_async_context(ticking(deps, ROUTER, timetable))
    keys = (DEPS, ROUTER_KEY)
    if only == "worker":
        if watched := deps.settings.metrics_port:
            await stack.enter_async_context(listening(web_app(deps, ROUTER, HEALTH, keys), deps.settings.host, watched))
        return 0
    app = web_app(deps, ROUTER, ROUTES, keys)
    where = deps.settings.port if port is None else port
    return await stack.enter_async_context(listening(app, deps.settings.host, where))


def demo(arguments: argparse.Namespace) -> int:
    """Run the service beside the emulator, for people to try; with --script play one day and check it."""
    from bot.demo import play, show

    code: int = _run(play(opened, started, _prepare) if arguments.script else show(opened, started, _prepare))
    return code


# ---- the data ------------------------------------------------------------------------------------------------------


def migrate(arguments: argparse.Namespace) -> int:
    """Bring the tables up to date; with --from, bring everything of another database along."""
    settings = load_settings(need_accounts=False)
    _migrate(settings)
    SAY("数据库结构已是最新。")
    if not arguments.source:
        return 0
    from handlers import upkeep

    return upkeep.move(settings, arguments.source)


def load(arguments: argparse.Namespace) -> None:
    """Load an office folder into the database; the same folder twice changes nothing."""
    settings = load_settings(need_accounts=False)
    _migrate(settings)
    SAY(_run(_load(settings, Path(arguments.folder or settings.office_dir))))


async def _prepare(settings: Settings) -> None:
    """Migrate and load the office of these settings."""
    await asyncio.to_thread(_migrate, settings)
    await _load(settings, settings.office_dir)


async def _load(settings: Settings, folder: Path) -> str:
    from bot.actions.office import load_office
    from bot.clock import SystemClock
    from bot.rules.privacy import Sealer
    from bot.store import open_store
    from config.office_data import read_office

    data = read_office(folder)
    store = await open_store(settings.database_url)
    try:
        work = partial(load_office, data=data, seal=Sealer(settings.secret_keys), now=SystemClock().now())
        report = await store.write(work)
    finally:
        await store.close()
    return "\n".join(report.lines())


def invite(arguments: argparse.Namespace) -> int:
    """Print a link by which a member of staff signs in once and chooses a password."""
    settings = load_settings(need_accounts=False)
    _migrate(settings)
    path = _run(_invite(settings, arguments.code))
    if not path:
        SAY(
            f"没有代号是 {arguments.code} 的工作人员，请核对 people.toml，并先运行 python run.py load。",
            file=sys.stderr,
        )
        return 1
    SAY(f"{settings.public_url}{path}\n只能用一次，24 小时内有效；请只发给本人。")
    return 0


async def _invite(settings: Settings, code: str) -> str:
    from bot.clock import SystemClock
    from bot.store import open_store
    from handlers.console.inviting import invite as write_link

    store = await open_store(settings.database_url)
    try:
        return await write_link(store, code, SystemClock().now())
    finally:
        await store.close()


def _migrate(settings: Settings) -> None:
    from bot.store import migrate as bring_up_to_date

    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    bring_up_to_date(settings.database_url)


def check(arguments: argparse.Namespace) -> int:
    """Probe settings, database, Redis, office data and each account, or with --audit the history of every case."""
    from handlers.checkup import checkup

    settings = load_settings(need_accounts=not arguments.audit)
    _migrate(settings)
    if arguments.audit:
        verdict: int = _run(_audit(settings))
        return verdict
    code: int = _run(_check(settings, checkup))
    return code


async def _audit(settings: Settings) -> int:
    """Verify the hash chain of every case's history and name each case's first broken line."""
    from bot.store import open_store
    from bot.store.audit import broken_chains

    store = await open_store(settings.database_url)
    try:
        async with store.read() as db:
            lines, broken = await broken_chains(db)
    finally:
        await store.close()
    for number, seq in broken:
        SAY(f"✗ {number} 的经过从第 {seq} 条起被改动过或有缺失")
    SAY(f"核对了 {lines} 条经过，" + (f"{len(broken)} 件有问题。" if broken else "全部完整。"))
    return 1 if broken else 0


async def _check(settings: Settings, checkup: Any) -> int:
    async with AsyncExitStack() as stack:
        findings = await checkup(await opened(stack, settings))
    for finding in findings:
        SAY(finding)
    return 0 if all(finding.ok for finding in findings) else 1


def key(arguments: argparse.Namespace) -> int:
    """Print a new key for LIANXIN_SECRET_KEY, or the pair of keys of a backup, or put the new key in force."""
    if arguments.rotate:
        settings = load_settings(need_accounts=False)
        _migrate(settings)
        code: int = _run(_rotate(settings))
        return code
    if not arguments.backup:
        SAY(base64.b64encode(os.urandom(32)).decode())
        return 0
    from bot.store.backup import new_identity

    identity, recipient = new_identity()
    SAY(f"# 身份密钥：恢复时用，抄下来另存，不要放在服务器上\n{identity}")
    SAY(f"# 备份时用：LIANXIN_BACKUP_TO={recipient}")
    return 0


async def _rotate(settings: Settings) -> int:
    from bot.store import open_store
    from handlers.rotation import rotate

    store = await open_store(settings.database_url)
    try:
        return await rotate(store, settings)
    finally:
        await store.close()


def backup(arguments: argparse.Namespace) -> int:
    """Write everything into one sealed file; the service may go on meanwhile."""
    from handlers import upkeep

    settings = load_settings(need_accounts=False)
    return upkeep.back_up(settings, arguments.to or os.environ.get("LIANXIN_BACKUP_TO", ""), Path(arguments.file))


def restore(arguments: argparse.Namespace) -> int:
    """Bring a backup back into an empty database and home."""
    from handlers import upkeep

    settings = load_settings(need_accounts=False)
    _migrate(settings)
    return upkeep.bring_back(settings, Path(arguments.file), Path(arguments.identity))


# ---- those outside -------------------------------------------------------------------------------------------------


def partner(arguments: argparse.Namespace) -> int:
    """Give a partner a key for the interface, take it back, or list who has one."""
    settings = load_settings(need_accounts=False)
    _migrate(settings)
    done: bool = _run(_partner(settings, arguments))
    return 0 if done else 1


async def _partner(settings: Settings, arguments: argparse.Namespace) -> bool:
    from bot.actions import partners
    from bot.clock import SystemClock
    from bot.store import open_store

    now = SystemClock().now()
    store = await open_store(settings.database_url)
    try:
        if arguments.deed == "add":
            work = partial(partners.admit, code=arguments.code, name=arguments.name or arguments.code,
                           scopes=arguments.may, now=now)  # fmt: skip
            SAY(f"{arguments.code} 的 api_key（只显示这一次）：{await store.write(work)}")
        elif arguments.deed == "revoke":
            if not await store.write(partial(partners.dismiss, code=arguments.code, now=now)):
                SAY(f"没有 {arguments.code} 在用的 api_key。")
                return False
            SAY(f"{arguments.code} 的 api_key 已收回。")
        else:
            async with store.read() as db:
                for each in await partners.everybody(db):
                    SAY(f"{each.code}　{each.name}　{each.scopes}　{'已收回' if each.revoked_at else '在用'}")
    finally:
        await store.close()
    return True


# ---- reception days ------------------------------------------------------------------------------------------------


def register(arguments: argparse.Namespace) -> int:
    """Print the registers of reception days, or their figures, into files."""
    settings = load_settings(need_accounts=False)
    _migrate(settings)
    written: int = _run(_register(settings, arguments))
    return 0 if written else 1


async def _register(settings: Settings, arguments: argparse.Namespace) -> int:
    from bot.rules.privacy import Sealer
    from bot.store import open_store
    from config.texts import load_texts
    from handlers import register_files

    texts, store = load_texts(settings.office_dir), await open_store(settings.database_url)
    first, last = arguments.since, arguments.until or arguments.since
    try:
        if arguments.deed == "figures":
            lines = await register_files.export_figures(store, texts, Path(arguments.file), first, last)
            SAY(f"已写 {arguments.file}：{lines} 行，每个数下面是它数的条目。")
            return lines
        paths = await register_files.export(store, Sealer(settings.secret_keys), texts, Path(arguments.folder),
                                            station=arguments.station, first=first, last=last)  # fmt: skip
    finally:
        await store.close()
    for path in paths:
        SAY(str(path))
    SAY(f"已写 {len(paths)} 个文件，里面有群众的姓名和电话，请妥善保管。" if paths else "这些日子没有举行过接待。")
    return len(paths)


# ---- understanding -------------------------------------------------------------------------------------------------


def faq(arguments: argparse.Namespace) -> int:
    """Import an FAQ file, answer questions from standard input, or ask past questions again."""
    from handlers import faq_again, faq_lines

    settings = load_settings(need_accounts=False)
    _migrate(settings)
    if arguments.deed == "import":
        work = faq_lines.import_file(settings, Path(arguments.file), replace=arguments.replace)
    elif arguments.deed == "test":
        file = Path(arguments.jsonl) if arguments.jsonl else None
        work = faq_again.ask_again(settings, file, accept=arguments.accept)
    else:
        work = faq_lines.ask(settings, _utf8_lines(), sys.stdout)
    code: int = _run(work)
    return code


def classify(_arguments: argparse.Namespace) -> None:
    """Say of each line of standard input what is meant and what it is about, as the desk has taught it."""
    from bot.jsonl import answer_lines
    from bot.rules.meaning import classify as understand

    known = _run(_subjects())
    answer_lines(_utf8_lines(), sys.stdout, lambda row_id, text: understand(row_id, text, known))


async def _subjects() -> Any:
    """Return the subjects of the database; of an empty one or none, those of the office's files."""
    from bot.store import open_store
    from handlers.knowledge import subjects_in_files, subjects_of

    try:
        settings = load_settings(need_accounts=False)
    except BadConfig:  # nothing is set up here yet: the files can be read all the same
        return subjects_in_files(Path(os.environ.get("LIANXIN_OFFICE", "config/office")))
    _migrate(settings)
    store = await open_store(settings.database_url)
    try:
        async with store.read() as db:
            known, ids = await subjects_of(db)
    finally:
        await store.close()
    return known if ids else subjects_in_files(settings.office_dir)


def similar(arguments: argparse.Namespace) -> None:
    """Group the messages of standard input by what they are about."""
    from handlers.topic_lines import group

    group(_utf8_lines(), sys.stdout, arguments.together)


def subjects(arguments: argparse.Namespace) -> int:
    """Learn subjects from corrections, list what was learnt, or take a version back."""
    from handlers import lessons

    settings = load_settings(need_accounts=False)
    _migrate(settings)
    code: int = _run(lessons.command(settings, arguments.deed, getattr(arguments, "argument", ""), SAY))
    return code


def _utf8_lines() -> Iterable[str]:
    """Return standard input as UTF-8 whatever the terminal's code; what is none becomes question marks."""
    return io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8", errors="replace")


# ---- how the commands are spelt ------------------------------------------------------------------------------------


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="run.py", description="连心：人大代表联系群机器人")
    parser.add_argument("--verbose", action="store_true", help="日志写得更细")
    commands = parser.add_subparsers(required=True, metavar="命令")

    def command(name: str, do: Any, help_: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=help_, description=help_)
        added.set_defaults(do=do)
        return added

    command("serve", serve, "启动服务").add_argument("--only", choices=("web", "worker"), default="")
    command("worker", serve, "只启动投递与定时（等于 serve --only worker）").set_defaults(only="worker")
    command("demo", demo, "服务加模拟平台，打开网页就能试").add_argument(
        "--script", action="store_true", help="自动演一天并核对"
    )
    command("migrate", migrate, "更新数据库结构；--from 把另一个数据库整个搬过来").add_argument(
        "--from", dest="source", default="", metavar="地址", help="例如 sqlite:///var/lianxin.db"
    )
    command("check", check, "逐项检查配置、数据库、账号，缺什么说什么").add_argument(
        "--audit", action="store_true", help="核对每件建议的经过是否完整、有没有被改动"
    )
    command("load", load, "载入机构资料（可重复执行）").add_argument("folder", nargs="?", default="")
    command("invite", invite, "给一位工作人员一个一次性登录链接").add_argument("code", help="people.toml 里的代号")
    keys = command("key", key, "生成一把 LIANXIN_SECRET_KEY").add_mutually_exclusive_group()
    keys.add_argument("--backup", action="store_true", help="生成一对备份密钥")
    keys.add_argument("--rotate", action="store_true", help="用最前面的钥匙把旧钥匙封存的全部重新封存，服务不用停")
    backing = command("backup", backup, "把全部数据写成一个加密文件，服务不用停")
    backing.add_argument("file")
    backing.add_argument("--to", default="", help="age1 开头的公钥（默认取 LIANXIN_BACKUP_TO）")
    restoring = command("restore", restore, "从备份恢复到空的数据库")
    restoring.add_argument("file")
    restoring.add_argument("--identity", required=True, help="存有身份密钥的文件")
    command("classify", classify, "判断意图：标准输入每行一个 JSON").add_argument(
        "--jsonl", action="store_true", required=True
    )
    _register_parser(command("register", register, "接待登记表和接待统计：写成文件"))
    _partner_parser(command("partner", partner, "合作单位的接口钥匙：发给、收回、列出"))
    _similar_parser(command("similar", similar, "把说同一件事的归到一起：标准输入每行一个 JSON"))
    _subjects_parser(command("subjects", subjects, "学习分类、看各版、退回某一版"))
    _faq_parser(command("faq", faq, "导入或试问常见问题"))
    return parser


def _similar_parser(parser: argparse.ArgumentParser) -> None:
    from bot.rules.topics import TOGETHER

    parser.add_argument("--jsonl", action="store_true", required=True)
    parser.add_argument("--together", type=float, default=TOGETHER, help=f"归在一起要多像，0 到 1，默认 {TOGETHER}")


def _subjects_parser(parser: argparse.ArgumentParser) -> None:
    deeds = parser.add_subparsers(required=True, dest="deed", metavar="learn|versions|back")
    learning = deeds.add_parser("learn", help='用全部更正学一版；可先导入每行一个 {"id","text","category"} 的文件')
    learning.add_argument("argument", nargs="?", default="", metavar="文件")
    deeds.add_parser("versions", help="各版的准确率，逐月有多少被改")
    deeds.add_parser("back", help="退回到第几版，0 是只靠词").add_argument("argument", metavar="版")


def _faq_parser(parser: argparse.ArgumentParser) -> None:
    deeds = parser.add_subparsers(required=True, dest="deed", metavar="import|ask|test")
    importing = deeds.add_parser("import", help="导入 csv、xlsx 或 jsonl")
    importing.add_argument("file")
    importing.add_argument("--replace", action="store_true", help="文件里没有的条目一并删去")
    again = deeds.add_parser("test", help="把以往问过的问题重问一遍，说出哪些答案变了")
    again.add_argument("--jsonl", metavar="文件", default="", help='改问文件里的：每行 {"text", "answer_id"}')
    again.add_argument("--accept", action="store_true", help="认可现在的答案，以后以此为准")
    deeds.add_parser("ask", help="标准输入每行一个 JSON").add_argument("--jsonl", action="store_true", required=True)


def _register_parser(parser: argparse.ArgumentParser) -> None:
    deeds = parser.add_subparsers(required=True, dest="deed", metavar="export|figures")
    exporting = deeds.add_parser("export", help="把登记表写成 Word 和 Excel")
    exporting.add_argument("folder", help="写到哪个目录")
    exporting.add_argument("--station", default="", help="只要这个联络站（代号）")
    counting = deeds.add_parser("figures", help="把统计连同条目写成 .csv 或 .xlsx")
    counting.add_argument("file", help="写到哪个文件")
    for each in (exporting, counting):
        each.add_argument("--since", required=True, type=date.fromisoformat, help="从哪天起，如 2026-12-01")
        each.add_argument("--until", type=date.fromisoformat, help="到哪天止，不写就是那一天")


def _partner_parser(parser: argparse.ArgumentParser) -> None:
    deeds = parser.add_subparsers(required=True, dest="deed", metavar="add|revoke|list")
    adding = deeds.add_parser("add", help="发一把钥匙；已有的作废")
    adding.add_argument("code")
    adding.add_argument("--name", default="", help="单位名称")
    adding.add_argument("--may", nargs="+", choices=("read", "report"), default=["read", "report"], help="权限")
    deeds.add_parser("revoke", help="收回钥匙").add_argument("code")
    deeds.add_parser("list", help="谁有钥匙")


def _run(coroutine: Any) -> Any:
    try:
        import uvloop
    except ImportError:
        return asyncio.run(coroutine)
    return uvloop.run(coroutine)


if __name__ == "__main__":
    sys.exit(main())
