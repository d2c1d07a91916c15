"""How the commands are spelt."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import date
from typing import Any

from commands import care, data, people, reception, understanding

Do = Callable[[argparse.Namespace], Any]


def parser(serve: Do, demo: Do, check: Do) -> argparse.ArgumentParser:
    """Return how every command is spelt."""
    spelt = argparse.ArgumentParser(prog="run.py", description="连心：人大代表联系群机器人")
    spelt.add_argument("--verbose", action="store_true", help="日志写得更细")
    commands = spelt.add_subparsers(required=True, metavar="命令")

    def command(name: str, do: Do, help_: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=help_, description=help_)
        added.set_defaults(do=do)
        return added

    command("serve", serve, "启动服务").add_argument("--only", choices=("web", "worker"), default="")
    command("worker", serve, "只启动投递与定时（等于 serve --only worker）").set_defaults(only="worker")
    command("demo", demo, "服务加模拟平台，打开网页就能试").add_argument(
        "--script", action="store_true", help="自动演一天并核对"
    )
    command("migrate", data.migrate, "更新数据库结构；--from 把另一个数据库整个搬过来").add_argument(
        "--from", dest="source", default="", metavar="地址", help="例如 sqlite:///var/lianxin.db"
    )
    command("check", check, "逐项检查配置、数据库、账号，缺什么说什么").add_argument(
        "--audit", action="store_true", help="核对每件建议的经过是否完整、有没有被改动"
    )
    command("load", data.load, "载入机构资料（可重复执行）").add_argument("folder", nargs="?", default="")
    command("invite", people.invite, "给一位工作人员一个一次性登录链接").add_argument(
        "code", help="people.toml 里的代号"
    )
    keys = command("key", care.key, "生成一把 LIANXIN_SECRET_KEY").add_mutually_exclusive_group()
    keys.add_argument("--backup", action="store_true", help="生成一对备份密钥")
    keys.add_argument("--rotate", action="store_true", help="用最前面的钥匙把旧钥匙封存的全部重新封存，服务不用停")
    backing = command("backup", data.backup, "把全部数据写成一个加密文件，服务不用停")
    backing.add_argument("file")
    backing.add_argument("--to", default="", help="age1 开头的公钥（默认取 LIANXIN_BACKUP_TO）")
    restoring = command("restore", data.restore, "从备份恢复到空的数据库")
    restoring.add_argument("file")
    restoring.add_argument("--identity", required=True, help="存有身份密钥的文件")
    command("classify", understanding.classify, "判断意图：标准输入每行一个 JSON").add_argument(
        "--jsonl", action="store_true", required=True
    )
    _register_parser(command("register", reception.register, "接待登记表和接待统计：写成文件"))
    _partner_parser(command("partner", people.partner, "合作单位的接口钥匙：发给、收回、列出"))
    _similar_parser(command("similar", understanding.similar, "把说同一件事的归到一起：标准输入每行一个 JSON"))
    _subjects_parser(command("subjects", understanding.subjects, "学习分类、看各版、退回某一版"))
    _faq_parser(command("faq", understanding.faq, "导入或试问常见问题"))
    return spelt


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
