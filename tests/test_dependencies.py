"""What we build on: its licences may be passed on, and who asks for known flaws hears the truth or that nobody knows."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tools import audit, licences


def test_every_locked_distribution_has_a_licence_we_may_pass_on_and_stands_on_the_page():
    done = subprocess.run([sys.executable, "tools/licences.py", "--check"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize(
    "spdx", ["GPL-3.0-only", "LGPL-2.1-or-later", "AGPL-3.0", "SSPL-1.0", "BUSL-1.1", "MIT AND GPL-2.0-only", ""]
)
def test_what_would_bind_those_we_hand_it_to_is_refused(spdx):
    assert not licences.allowed(spdx)


@pytest.mark.parametrize("spdx", ["MIT", "Apache-2.0 OR GPL-2.0-only", "BSD-3-Clause AND (MIT OR GPL-3.0-only)"])
def test_what_leaves_a_choice_is_taken(spdx):
    assert licences.allowed(spdx)


def test_each_distribution_is_listed_once_under_its_first_use():
    names = [name for name, _, _ in licences.locked()]
    assert len(names) == len(set(names)) > 90
    assert {name: purpose for name, _, purpose in licences.locked()}["aiohttp"] == "运行"


# ---- known flaws ----------------------------------------------------------------------------------------------------

SOUND = {"name": "aiohttp", "version": "3.14.5", "vulns": []}
FLAWED = {"name": "jinja2", "version": "2.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2.1"]}]}
UNASKED = {"name": "redis", "skip_reason": "not found"}


def service(tmp_path, *told):
    """Return a pip-audit that says this of each lock file."""
    tool = tmp_path / "pip-audit"
    tool.write_text(f"#!/bin/sh\ncat <<'END'\n{json.dumps({'dependencies': told, 'fixes': []})}\nEND\n")
    tool.chmod(0o755)
    return str(tool)


@pytest.mark.parametrize(
    ("told", "code", "words"),
    [
        ((SOUND,), 0, "没有已知漏洞"),
        ((SOUND, FLAWED), 1, "jinja2 2.0：PYSEC-1，改好的版本：2.1"),
        ((SOUND, UNASKED), 75, "没有核对"),
        ((UNASKED, FLAWED), 1, "PYSEC-1"),
    ],
)
def test_a_flaw_fails_the_audit_and_what_nobody_knows_is_not_called_sound(tmp_path, capsys, told, code, words):
    assert audit.main(service(tmp_path, *told)) == code
    assert words in capsys.readouterr().out


@pytest.mark.parametrize("tool", ["/nowhere/pip-audit", "/bin/false"])
def test_without_a_way_to_the_service_nothing_is_claimed(capsys, tool):
    assert audit.main(tool) == 75
    assert "没有核对" in capsys.readouterr().out


def test_ci_goes_on_without_the_service_and_stops_at_a_flaw():
    said = Path(".ci/run").read_text()
    assert "tools/audit.py" in said
    assert "-eq 75" in said
