"""What a newcomer types first: the day that checks itself, and the chat pages."""

import socket
import subprocess
import sys

from bot.demo.show import HOME
from bot.demo.stage import MENUS
from handlers.chat.menu import MENU


def run(tmp_path, *words, **env):
    """Run a command of the house in a home of its own."""
    given = {"PATH": "/usr/bin:/bin", "LIANXIN_HOME": str(tmp_path), **env}
    command = [sys.executable, "run.py", *words]
    return subprocess.run(command, env=given, capture_output=True, text=True, timeout=60, check=False)


def test_the_scripted_day_sees_every_outcome_and_says_what_people_saw(tmp_path):
    done = run(tmp_path, "demo", "--script")
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert "王桂兰：我们楼电梯坏了一个月" in done.stdout
    assert "✗" not in done.stdout
    assert done.stderr == ""


def test_a_port_in_use_is_said_in_one_sentence_with_the_way_out(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run(tmp_path, "demo", LIANXIN_PORT=str(port), LIANXIN_DEMO_PORT="0")
    assert done.returncode == 1
    assert f"端口 {port} 已被别的程序占用" in done.stdout
    assert "LIANXIN_PORT=" in done.stdout
    assert "Traceback" not in done.stderr


def test_a_port_that_is_none_is_a_fault_of_the_settings(tmp_path):
    done = run(tmp_path, "demo", LIANXIN_PORT="eighty")
    assert done.returncode == 2
    assert "LIANXIN_PORT" in done.stderr
    assert "Traceback" not in done.stderr


def test_every_line_of_the_demos_menu_is_one_the_house_answers():
    for lines in MENUS.values():
        assert {key for _, key in lines} <= MENU.keys()


def test_played_cases_never_lie_among_real_ones():
    assert HOME != "var"
