"""The drill: the machine is gone, and everything comes back from one file."""

import asyncio
import tarfile

import pytest

from bot.rules.privacy import Sealer
from bot.store import backup, migrate
from bot.store.moving import CannotMove
from tests.plugins.house import MORNING
from tests.store.test_moving import everything, lived_in, nobody_listens  # noqa: F401 - a fixture

IDENTITY, RECIPIENT = backup.new_identity()


@pytest.fixture
async def kept(house, lived_in, tmp_path):  # noqa: F811 - the fixture above
    """A backup of a house in which people have written."""
    file = tmp_path / "kept.age"
    settings = house.deps.settings
    await asyncio.to_thread(
        backup.back_up, lived_in, settings.home, RECIPIENT, house.deps.sealer, file, MORNING, nobody_listens
    )
    return file


@pytest.fixture
def new_machine(tmp_path):
    """The home and the migrated, empty database of a new machine."""
    home = tmp_path / "new"
    url = f"sqlite:///{home}/lianxin.db"
    migrate(url)
    return home, url


async def bring_back(house, file, new_machine, *, identity=IDENTITY, sealer=None):
    home, url = new_machine
    return await asyncio.to_thread(
        backup.bring_back, file, identity, url, home, sealer or house.deps.sealer, nobody_listens
    )


async def test_every_row_and_every_picture_comes_back(house, kept, new_machine):
    manifest = await bring_back(house, kept, new_machine)
    home, url = new_machine
    assert await everything(url) == await everything(house.deps.settings.database_url)
    assert manifest["rows"] == sum(count for count, _ in (await everything(url)).values())
    pictures = {
        path.name: path.read_bytes() for path in (house.deps.settings.home / "media").rglob("*") if path.is_file()
    }
    assert pictures
    assert {path.name: path.read_bytes() for path in (home / "media").rglob("*") if path.is_file()} == pictures


async def test_the_file_shows_nothing_to_who_has_not_the_identity(house, kept, new_machine):
    assert "电梯".encode() not in kept.read_bytes()
    assert not tarfile.is_tarfile(kept)
    other, _ = backup.new_identity()
    with pytest.raises(CannotMove, match="cannot_open"):
        await bring_back(house, kept, new_machine, identity=other)


async def test_a_file_that_was_changed_or_cut_is_not_brought_back(house, kept, new_machine):
    whole = kept.read_bytes()
    for spoiled in (whole[:-40], whole[:-3] + bytes([whole[-3] ^ 1]) + whole[-2:]):
        kept.write_bytes(spoiled)
        with pytest.raises(CannotMove, match="cannot_open"):
            await bring_back(house, kept, new_machine)
    _, url = new_machine
    assert {count for count, _ in (await everything(url)).values()} == {0}


async def test_nothing_is_brought_back_over_what_is_there(house, kept, new_machine):
    await bring_back(house, kept, new_machine)
    with pytest.raises(CannotMove, match="home_not_empty"):
        await bring_back(house, kept, new_machine)


async def test_a_backup_whose_rows_this_key_cannot_read_is_refused(house, kept, new_machine):
    with pytest.raises(CannotMove, match="other_key"):
        await bring_back(house, kept, new_machine, sealer=Sealer([b"x" * 32]))


async def test_nothing_unsealed_stays_behind_and_no_file_is_written_over(house, kept, lived_in):  # noqa: F811
    home = house.deps.settings.home
    assert not list(home.glob(".backup-*"))
    before = kept.read_bytes()
    with pytest.raises(CannotMove, match="cannot_write"):
        await asyncio.to_thread(
            backup.back_up, lived_in, home, RECIPIENT, house.deps.sealer, kept, MORNING, nobody_listens
        )
    assert kept.read_bytes() == before
    assert not list(home.glob(".backup-*"))


async def test_the_service_goes_on_while_it_is_backed_up(house, lived_in, tmp_path, wang):  # noqa: F811
    settings = house.deps.settings
    work = asyncio.to_thread(
        backup.back_up, lived_in, settings.home, RECIPIENT, house.deps.sealer, tmp_path / "b.age", MORNING,
        nobody_listens,
    )  # fmt: skip
    _, answer = await asyncio.gather(work, wang.says("建议 垃圾房三天没人清了"))
    assert "hepan-261207-3" in answer
