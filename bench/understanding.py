"""Print how well the bot understands, on messages of other people, beside baselines and targets: one command.

The data is not ours to give away. It lies in ../shared/data beside the checkout, or where LIANXIN_BENCH_DATA says;
nothing of it is kept, printed or learnt into a file.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from bench import understanding_speed, understanding_subjects, understanding_talk  # noqa: E402 - the path comes first

DATA = Path(os.environ.get("LIANXIN_BENCH_DATA", ROOT.parent / "shared" / "data"))
OFFICE = ROOT / "config" / "office"


def main() -> int:
    """Print the table; 1 if the data is not there."""
    if not (DATA / "dev" / "eval").is_dir():
        print(f"没有评测数据：{DATA} 下没有 dev/eval。把数据放在检出目录旁边的 shared/data，或设 LIANXIN_BENCH_DATA。")
        print("下面只量速度，不量对错。\n")
        understanding_speed.main()
        return 1
    started = time.perf_counter()
    messages = understanding_subjects.Messages(DATA)
    print("| 量什么 | 结果 | 基线 | 目标 |\n|---|---|---|---|", flush=True)
    for part in (
        understanding_talk.questions(DATA),
        understanding_talk.intents(DATA),
        understanding_subjects.subjects(messages, OFFICE),
        understanding_subjects.copies(messages),
        understanding_subjects.hot(messages),
        understanding_subjects.speed(messages, OFFICE),
    ):
        for name, figure, baseline, target in part:
            print(f"| {name} | {figure:.3f} | {baseline} | {target} |", flush=True)
    print(f"\n用时 {time.perf_counter() - started:.0f} 秒")
    return 0


if __name__ == "__main__":
    sys.exit(main())
