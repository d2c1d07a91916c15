"""Load the sample office into the bench's database, without the addresses of accounts it does not have."""

import sys
from pathlib import Path

import run
from config import load_settings


def main():
    office = Path(sys.argv[1]) / "office"
    settings = load_settings(need_accounts=False)
    run._migrate(settings)
    run._run(run._load(settings, Path("config/office")))
    assert office.is_dir()


if __name__ == "__main__":
    main()
