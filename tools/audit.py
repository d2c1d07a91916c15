"""Ask the public vulnerability service about every locked version; without a way to it, say so and claim nothing.

Exit codes: 0 nothing is known against any, 1 something is, 75 (try again later) where the service could not be asked.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-embed.lock")
FOUND, LATER = 1, 75


def asked(tool: str, lock: str) -> list[dict[str, Any]] | None:
    """Return what pip-audit says of the distributions of a lock, or None if it could not ask."""
    command = [
        tool,
        "-r",
        lock,
        "--no-deps",
        "--disable-pip",
        "--progress-spinner=off",
        "--timeout=10",
        "--format=json",
    ]
    try:
        said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
        told: list[dict[str, Any]] = json.loads(said)["dependencies"]
    except (OSError, ValueError, KeyError):
        return None
    return told


def main(tool: str) -> int:
    """Ask about each lock and say what was found; returns the exit code."""
    known: list[str] = []
    unasked: list[str] = []
    for lock in LOCKS:
        told = asked(tool, lock)
        if told is None:
            unasked.append(lock)
            continue
        unasked += [f"{each['name']}（{lock}）" for each in told if "skip_reason" in each]
        known += [
            f"{each['name']} {each['version']}：{flaw['id']}，改好的版本：{'、'.join(flaw['fix_versions']) or '还没有'}"
            for each in told
            for flaw in each.get("vulns", [])
        ]
    if known:
        print("这些锁定的版本有已知漏洞：", *dict.fromkeys(known), sep="\n  ")
        return FOUND
    if unasked:
        print(
            f"没有核对：漏洞库连不上或不认得，{len(unasked)} 项不知道有没有问题。请在能上网的机器上再运行 make audit。"
        )
        return LATER
    print(f"核对了 {len(LOCKS)} 个锁定文件，没有已知漏洞。")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else str(Path(sys.executable).with_name("pip-audit"))))
