"""The commands as an operator runs them: real processes, a home of their own."""

import os
import shutil
import subprocess
import sys

import pytest

from tests.plugins.house import KEY, secrets_of_accounts


class Shell:
    """A terminal with the environment of one home."""

    def __init__(self, home, **more):
        bare = {
            name: value for name, value in os.environ.items() if not name.startswith(("LIANXIN", "DATABASE", "REDIS"))
        }
        self.home = home
        self.env = bare | {"LIANXIN_HOME": str(home), "LIANXIN_SECRET_KEY": KEY, "PYTHONIOENCODING": "utf-8"} | more

    def run(self, *words, stdin=b"", **more):
        """Run one command to its end and return it, with its output as text."""
        done = subprocess.run(
            [sys.executable, "run.py", *map(str, words)],
            input=stdin,
            capture_output=True,
            timeout=60,
            check=False,
            env=self.env | more,
        )
        done.stdout, done.stderr = done.stdout.decode(), done.stderr.decode()
        return done


@pytest.fixture(scope="session")
def loaded_home(tmp_path_factory):
    """A home migrated and loaded by the commands themselves; what they said is kept beside it."""
    shell = Shell(tmp_path_factory.mktemp("home"))
    shell.said = [shell.run("migrate"), shell.run("load"), shell.run("load")]
    return shell


@pytest.fixture
def shell(tmp_path, loaded_home):
    """A terminal in a fresh copy of the loaded home."""
    shutil.copy(loaded_home.home / "lianxin.db", tmp_path / "lianxin.db")
    return Shell(tmp_path)


@pytest.fixture
def secrets():
    return secrets_of_accounts()
