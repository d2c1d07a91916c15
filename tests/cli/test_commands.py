"""Every command does its work, says it in Chinese, and ends with a number that scripts can trust."""

import asyncio
import base64
import json
import signal
import sys

import pytest

from bot.emulator import Emulator
from config import load_settings
from tests.cli.conftest import Shell
from tests.plugins.house import MORNING, platform_accounts


def test_migrate_and_load_twice_leave_one_office(loaded_home):
    migrated, first, second = loaded_home.said
    assert (migrated.returncode, first.returncode, second.returncode) == (0, 0, 0)
    assert "数据库结构已是最新" in migrated.stdout
    assert "联系群：新增 5，改动 0" in first.stdout
    assert "联系群：新增 0，改动 0，未变 5" in second.stdout
    assert all("新增 0，改动 0" in line for line in second.stdout.splitlines())


def test_migrate_from_another_database_moves_everything_once(shell, tmp_path, loaded_home):
    there = f"sqlite:///{tmp_path}/elsewhere/new.db"
    source = f"sqlite:///{loaded_home.home}/lianxin.db"
    moved = shell.run("migrate", "--from", source, DATABASE_URL=there)
    assert moved.returncode == 0, moved.stderr
    assert "station：11 行" in moved.stdout
    assert "两边一致" in moved.stdout
    again = shell.run("migrate", "--from", source, DATABASE_URL=there)
    assert again.returncode == 1
    assert "已有数据，没有搬" in again.stdout


def test_a_broken_office_is_refused_with_every_fault(tmp_path, loaded_home):
    (tmp_path / "offices.toml").write_text('[[office]]\ncode = "x"\n', encoding="utf-8")
    done = loaded_home.run("load", tmp_path)
    assert done.returncode == 2
    assert "offices.toml" in done.stderr
    assert "Traceback" not in done.stderr


def test_key_prints_a_key_that_is_one(loaded_home):
    done = loaded_home.run("key")
    assert len(base64.b64decode(done.stdout.strip(), validate=True)) == 32


def test_serve_without_its_secrets_names_every_fault_and_stops(tmp_path):
    done = Shell(tmp_path, LIANXIN_SECRET_KEY="short", LIANXIN_PORT="8080").run("serve")
    assert done.returncode == 2
    assert "LIANXIN_SECRET_KEY" in done.stderr
    for name in (
        "HEXIN_TOKEN",
        "HEXIN_AES_KEY",
        "HEXIN_SECRET",
        "GONGZUO_SECRET",
        "ZHUSHOU_TOKEN",
        "TONGZHI_WEBHOOK_KEY",
    ):
        assert name in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_that_is_none_is_a_fault_too(tmp_path):
    done = Shell(tmp_path, LIANXIN_PORT="no port").run("serve")
    assert done.returncode == 2
    assert "LIANXIN_PORT" in done.stderr


async def test_serve_starts_answers_and_stops_when_told(shell, secrets):
    env = shell.env | secrets | {"LIANXIN_PORT": "0"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "run.py", "serve", env=env, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(30):
        first = (await process.stdout.readline()).decode()
        assert "连心已启动" in first
        process.send_signal(signal.SIGTERM)
        _, errors = await process.communicate()
    assert process.returncode == 0
    assert "Traceback" not in errors.decode()


# ---- check ----------------------------------------------------------------------------------------------------------


async def check(shell, secrets, spoil=lambda _platform: None):
    """Run `check` against the emulated platforms and return (exit code, lines)."""
    settings = load_settings(shell.env | secrets)
    platform = Emulator(platform_accounts(settings.accounts), lambda: MORNING)
    spoil(platform)
    base = await platform.start()
    try:
        env = shell.env | secrets | {"WECHAT_API_BASE": base, "WECOM_API_BASE": base}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "run.py", "check", env=env, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        async with asyncio.timeout(40):
            out, errors = await process.communicate()
    finally:
        await platform.stop()
    assert "Traceback" not in errors.decode()
    return process.returncode, out.decode().splitlines()


async def test_check_passes_when_nothing_is_missing(shell, secrets):
    code, lines = await check(shell, secrets)
    assert code == 0
    assert not [line for line in lines if line.startswith("✗")]
    assert any(line.startswith("✓ Redis（自带）") for line in lines)


async def test_check_fails_and_names_everything_that_is_missing(tmp_path, secrets):
    def spoil(platform):
        platform.world.account("hexin").secret = "another"

    code, lines = await check(Shell(tmp_path), secrets, spoil)
    assert code == 1
    assert any("40125" in line and "HEXIN_SECRET" in line for line in lines)
    assert any("还没有载入" in line and "run.py load" in line for line in lines)


# ---- jsonl ----------------------------------------------------------------------------------------------------------

BAD_LINES = [b"no json", b"[]", b'{"text": "x"}', b'{"id": 2}', b'{"id": 3, "text": 4}', b"\xff\xfe\x00", b"{" * 5000]


def jsonl(*rows):
    return b"\n".join(row if isinstance(row, bytes) else json.dumps(row, ensure_ascii=False).encode() for row in rows)


@pytest.mark.parametrize("command", [("classify",), ("faq", "ask")])
def test_a_bad_line_gets_an_error_line_and_the_next_is_answered(shell, command):
    good = {"id": "a", "text": "我们楼电梯坏了一个月"}
    done = shell.run(
        *command, "--jsonl", stdin=jsonl(good, *BAD_LINES, b"", good | {"id": "b"}, b'{"id":"c","text":"\\ud800"}')
    )
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert len(rows) == len(BAD_LINES) + 3
    assert ["error" in row for row in rows] == [False, *[True] * len(BAD_LINES), False, False]
    assert [row["id"] for row in rows if "error" not in row] == ["a", "b", "c"]
    assert "Traceback" not in done.stderr


def test_classify_says_intent_category_and_confidence(shell):
    done = shell.run(
        "classify", "--jsonl", stdin=jsonl({"id": 1, "text": "我们楼电梯坏了一个月"}, {"id": 2, "text": "谢谢"})
    )
    first, second = map(json.loads, done.stdout.splitlines())
    assert set(first) == {"id", "intent", "category", "confidence", "category_confidence", "subjects"}
    assert (first["intent"], second["intent"]) == ("request", "thanks")
    assert (first["category"], first["subjects"][0]["subject"]) == ("dianti", "zhufang")
    assert (second["category"], second["subjects"]) == (None, [])


def test_ask_answers_the_known_and_not_the_unknown(shell):
    rows = jsonl({"id": 1, "text": "代表能直接帮我解决问题吗？"}, {"id": 2, "text": "火星上的税怎么交？"})
    known, unknown = map(json.loads, shell.run("faq", "ask", "--jsonl", stdin=rows).stdout.splitlines())
    assert set(known) == {"id", "answer_id", "score", "candidates"}
    assert known["answer_id"] == known["candidates"][0]["answer_id"]
    assert unknown["answer_id"] is None
    assert len(known["candidates"]) <= 3


async def test_each_line_is_answered_before_the_next_is_read(shell):
    """It streams: who asks line by line is answered line by line."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "run.py", "faq", "ask", "--jsonl",
        env=shell.env, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async with asyncio.timeout(30):
        for number in range(3):
            process.stdin.write(jsonl({"id": number, "text": "接待日"}) + b"\n")
            await process.stdin.drain()
            assert json.loads(await process.stdout.readline())["id"] == number
        process.stdin.close()
        assert await process.wait() == 0


@pytest.mark.parametrize("words", [(), ("nonsense",), ("faq", "import")])
def test_a_command_spelt_wrong_is_explained(shell, words):
    done = shell.run(*words)
    assert done.returncode == 2
    assert "usage" in done.stderr


def test_settings_may_stand_in_files(tmp_path, loaded_home):
    (tmp_path / "key").write_text(loaded_home.env["LIANXIN_SECRET_KEY"] + "\n", encoding="utf-8")
    shell = Shell(tmp_path, LIANXIN_SECRET_KEY_FILE=str(tmp_path / "key"))
    del shell.env["LIANXIN_SECRET_KEY"]
    assert shell.run("migrate").returncode == 0
    (tmp_path / "key").unlink()
    assert "LIANXIN_SECRET_KEY_FILE" in shell.run("migrate").stderr
