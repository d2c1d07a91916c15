"""Let everything around the service break, many times over: python -m bench.soak [ROUNDS].

First three workers remind a town while they are killed and put to sleep; then every other fault of tests/faults, each
round with other chance, the platform's silence at its real length, and the version before beside ours.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 20
REMINDERS = "tests/faults/test_reminders_exactly_once.py"
FAULTS = (
    "tests/faults/test_what_is_around_us_fails.py",
    "tests/faults/test_the_database_changes_under_us.py",
    "tests/faults/test_laws_of_delivery.py",
)
SLOW_S = "10"  # a platform that takes so long to answer
STEPS = "bot/store/migrations/versions"


def main():
    with tempfile.TemporaryDirectory(prefix="lianxin-soak-") as folder, version_before(Path(folder, "old")) as old:
        book, proofs = Path(folder, "tally"), Path(folder, "proofs")
        codes = [passed(REMINDERS, SOAK=str(ROUNDS), SOAK_TALLY=str(book))]
        for number in range(ROUNDS):
            more = {"SOAK_SEED": f"round {number}", "SOAK_PROOFS": str(proofs), "SLOW_S": SLOW_S, "OLD_CODE": old}
            codes.append(passed(*FAULTS, **more))
        report_reminders(lines_of(book))
        report_faults(lines_of(proofs), failed=sum(map(bool, codes[1:])))
    return max(codes)


def passed(*tests, **env):
    command = [sys.executable, "-m", "pytest", *tests, "-q", "-p", "no:cacheprovider"]
    return subprocess.run(command, env={**os.environ, "PYTHONPATH": ".", **env}, check=False).returncode


@contextmanager
def version_before(folder):
    """Check out what ran before the newest step of the schema; nothing if this is no clone with its history."""
    git = ["git", "log", "-1", "--format=%H", "--diff-filter=A", "--", STEPS]
    newest = subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip()
    if not newest:
        yield ""
        return
    subprocess.run(["git", "worktree", "add", "-q", "--detach", str(folder), f"{newest}~1"], check=True)
    try:
        yield (
            str(folder) if (folder / "bot/store/versions.py").exists() else ""
        )  # before that, it stops at newer tables
    finally:
        subprocess.run(["git", "worktree", "remove", "--force", str(folder)], check=True)


def lines_of(book):
    return [json.loads(line) for line in book.read_text().splitlines()] if book.exists() else []


def report_reminders(lines):
    total = sum((Counter(line) for line in lines), Counter())
    print("| rounds | rows | missing | by webhook | deaths | doubles | doubles a death |")
    print("|---|---|---|---|---|---|---|")
    rate = total["doubles"] / total["deaths"] if total["deaths"] else 0.0
    numbers = (len(lines), total["rows"], 0, total["webhook"], total["deaths"], total["doubles"], f"{rate:.2f}")
    print("| " + " | ".join(map(str, numbers)) + " |")


def report_faults(lines, failed):
    total = sum((Counter(line) for line in lines), Counter())
    print("\n| rounds | that failed | proofs | heard | cases | pushes | lines of history | doubles the law allows |")
    print("|---|---|---|---|---|---|---|---|")
    counts = (total[name] for name in ("heard", "cases", "pushes", "lines", "doubles"))
    print("| " + " | ".join(map(str, (ROUNDS, failed, len(lines), *counts))) + " |")


if __name__ == "__main__":
    sys.exit(main())
