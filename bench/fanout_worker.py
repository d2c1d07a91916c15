"""Be a worker whose limits come in a shorter time: python -m bench.fanout_worker SHORTER."""

import sys
from dataclasses import replace

import run
from bot.outbox import pace


def main():
    shorter = int(sys.argv[1])
    if shorter > 1:
        pace.LIMITS = {
            channel: tuple(
                replace(limit, count=limit.count // shorter, window_s=limit.window_s // shorter)
                if limit.per == pace.ACCOUNT and limit.window_s < pace.DAY and limit.count >= 1000
                else limit
                for limit in limits
            )
            for channel, limits in pace.LIMITS.items()
        }
    sys.exit(run.main(["serve", "--only", "worker"]))


if __name__ == "__main__":
    main()
