"""Let three workers remind a town while everything breaks, many times: python -m bench.soak [ROUNDS]."""

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 20
TEST = "tests/faults/test_reminders_exactly_once.py"


def main():
    with tempfile.TemporaryDirectory(prefix="lianxin-soak-") as folder:
        book = Path(folder, "tally")
        env = {**os.environ, "SOAK": str(ROUNDS), "SOAK_TALLY": str(book), "PYTHONPATH": "."}
        code = subprocess.run(
            [sys.executable, "-m", "pytest", TEST, "-q", "-p", "no:cacheprovider"], env=env, check=False
        ).returncode
        lines = [json.loads(line) for line in book.read_text().splitlines()] if book.exists() else []
    total = sum((Counter(line) for line in lines), Counter())
    print("| rounds | rows | missing | by webhook | deaths | doubles | doubles a death |")
    print("|---|---|---|---|---|---|---|")
    rate = total["doubles"] / total["deaths"] if total["deaths"] else 0.0
    numbers = (len(lines), total["rows"], 0, total["webhook"], total["deaths"], total["doubles"], f"{rate:.2f}")
    print("| " + " | ".join(map(str, numbers)) + " |")
    return code


if __name__ == "__main__":
    sys.exit(main())
