"""Let PostgreSQL's primary and Redis's master die under load, and others take over: python -m bench.standby [ROUNDS].

Each round fails if a message that was answered with 200 is lost or doubled (tests/faults/standby.py); the seconds are
counted from the death.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 3
COLUMNS = ("death", "voters", "tries again", "by spool", "longest answer", "promoted", "writes", "tells", "redis",
           "spool empty", "at rest")  # fmt: skip


def main():
    with tempfile.TemporaryDirectory(prefix="lianxin-standby-") as folder:
        book = Path(folder, "tally")
        codes = [passed(STANDBY_TALLY=str(book), SOAK_SEED=f"round {number}") for number in range(ROUNDS)]
        lines = [json.loads(line) for line in book.read_text().splitlines()] if book.exists() else []
    print(f"| {' | '.join(COLUMNS)} |")
    print("|" + "---|" * len(COLUMNS))
    for line in sorted(lines, key=lambda each: each["death"]):
        cells = (line[name] if isinstance(line[name], (str, int)) else f"{line[name]:.2f}" for name in COLUMNS)
        print(f"| {' | '.join(map(str, cells))} |")
    return max(codes)


def passed(**env):
    command = [sys.executable, "-m", "pytest", "tests/faults/standby.py", "-q", "-p", "no:cacheprovider"]
    return subprocess.run(command, env={**os.environ, "PYTHONPATH": ".", **env}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
