"""Load the sample office into the bench's database, without the addresses of accounts it does not have."""

import sys
from pathlib import Path

from commands import data, parts
from config import load_settings


def main():
    office = Path(sys.argv[1]) / "office"
    settings = load_settings(need_accounts=False)
    parts.migrated(settings)
    parts.finished(data.load_folder(settings, Path("config/office")))
    assert office.is_dir()


if __name__ == "__main__":
    main()
