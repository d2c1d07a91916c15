"""What we ship for operators is taken by the programs it is meant for, and speaks of things that exist."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from bot.metrics import REGISTRY

DEPLOY = Path("deploy")
RUNBOOK = Path("docs/runbook.md").read_text(encoding="utf-8")
METRICS = {sample.name for family in REGISTRY.collect() for sample in [family, *family.samples]}
METRICS |= {f"{family.name}_{part}" for family in REGISTRY.collect() for part in ("total", "bucket", "count", "sum")}


def carried_out(*words, **more):
    program = shutil.which(words[0], path="/usr/sbin:/usr/bin:/usr/local/bin:/opt/homebrew/bin")
    assert program, f"{words[0]} is missing: tools/test_needs installs it"
    done = subprocess.run([program, *map(str, words[1:])], capture_output=True, text=True, check=False, **more)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def test_prometheus_takes_the_alert_rules_and_fires_them_when_it_should():
    carried_out("promtool", "check", "rules", DEPLOY / "alerts.yml")
    carried_out("promtool", "test", "rules", "tests/alerts.yml")


def test_nginx_takes_its_configuration(tmp_path):
    (tmp_path / "logs").mkdir()
    own = f"pid {tmp_path}/pid; error_log {tmp_path}/error.log;"
    config = (DEPLOY / "nginx.conf").absolute()
    carried_out("nginx", "-t", "-p", tmp_path, "-c", config, "-e", tmp_path / "error.log", "-g", own)


@pytest.mark.parametrize("unit", ["lianxin-web@.service", "lianxin-worker@.service"])
def test_systemd_takes_the_units(tmp_path, unit):
    # the program and its account are there only on the machine it is installed on
    words = (DEPLOY / unit).read_text().replace("/srv/lianxin-app/.venv/bin/python", "/bin/true")
    (tmp_path / unit.replace("@", "@8081")).write_text(words)
    carried_out("systemd-analyze", "verify", "--man=no", tmp_path / unit.replace("@", "@8081"))


@pytest.mark.parametrize("file", ["alerts.yml", "grafana.json"])
def test_every_number_that_is_watched_is_one_we_count(file):
    watched = set(re.findall(r"\blianxin_[a-z_]+", (DEPLOY / file).read_text(encoding="utf-8")))
    assert watched
    assert watched <= METRICS


def test_every_alert_leads_to_an_incident_of_the_runbook():
    incidents = set(re.findall(r"^## (\d+) ", RUNBOOK, re.MULTILINE))
    assert len(incidents) == 12
    pointed_at = set(re.findall(r"docs/runbook\.md#(\d+)", (DEPLOY / "alerts.yml").read_text(encoding="utf-8")))
    assert pointed_at <= incidents


def test_the_image_copies_what_there_is_and_installs_what_is_locked():
    words = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    sources = re.findall(r"^COPY (\S+) ", words, re.MULTILINE)
    assert sources
    assert all(Path(source).exists() for source in sources)
    assert "--require-hashes" in words
    assert "\nUSER lianxin\n" in words


def test_the_dashboard_is_one_grafana_can_import():
    dashboard = json.loads((DEPLOY / "grafana.json").read_text(encoding="utf-8"))
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(ids) == len(set(ids)) >= 8
    assert all(panel["title"] and panel["targets"] for panel in dashboard["panels"])
