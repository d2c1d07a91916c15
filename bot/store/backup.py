"""Put everything the office holds into one sealed file, and bring it back from there.

The file is an age file (age-encryption.org) around a tar: whoever keeps its identity can open it with any age tool.
The service knows only the public half, so a stolen server opens no backup.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

import pyrage

from bot.rules.privacy import Sealer
from bot.store import migrate, moving
from bot.store.moving import CannotMove, Say

DATABASE, MANIFEST = "lianxin.db", "manifest.json"
FOLDERS = ("media", "spool")  # of LIANXIN_HOME; names of media are their hashes
FORMAT = 1


def new_identity() -> tuple[str, str]:
    """Return a secret identity, to be kept away from the server, and the recipient that belongs to it."""
    identity = pyrage.x25519.Identity.generate()
    return str(identity), str(identity.to_public())


def back_up(url: str, home: Path, recipient: str, sealer: Sealer, into: Path, now: datetime, say: Say) -> int:
    """Write the database as it stands now, with media and spool, sealed into a new file; returns the rows.

    The service may go on meanwhile. Raises CannotMove; a file that is there already is never written over.
    """
    whom = _recipient(recipient)
    with _private_folder(home) as folder:
        file = f"sqlite:///{folder / DATABASE}"
        migrate(file)
        rows = asyncio.run(moving.move(url, file, say, writers_wait=False))
        manifest = {"format": FORMAT, "at": now.isoformat(), "rows": rows, "key": _signs_of(sealer)[0]}
        (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
        _seal(_packed(folder, home), whom, into)
    return rows


def bring_back(file: Path, identity: str, url: str, home: Path, sealer: Sealer, say: Say) -> dict[str, Any]:
    """Open a backup into a migrated, empty database and a home without media; returns its manifest.

    Raises CannotMove, with nothing changed.
    """
    if any((home / name).exists() and any((home / name).rglob("*")) for name in FOLDERS):
        raise CannotMove("home_not_empty", home=home)
    with _private_folder(home) as folder:
        _unpack(_opened(file, identity, folder), folder)
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if manifest["key"] not in _signs_of(sealer):
            raise CannotMove("other_key")
        _bring_up_to_date(folder)
        asyncio.run(moving.move(f"sqlite:///{folder / DATABASE}", url, say))
        for name in FOLDERS:
            if (folder / name).exists():
                shutil.copytree(folder / name, home / name, dirs_exist_ok=True)
    return manifest


def _signs_of(sealer: Sealer) -> list[str]:
    """Return the signs by which a backup names a key it needs, the newest key's first."""
    return [mark.hex() for mark in sealer.marks("backup", "backup")]


def _recipient(words: str) -> Any:
    try:
        return pyrage.x25519.Recipient.from_str(words)
    except pyrage.RecipientError as error:
        raise CannotMove("no_recipient") from error


@contextmanager
def _private_folder(home: Path) -> Iterator[Path]:
    """Hand out a folder for what lies unsealed meanwhile: beside the data, for nobody else, gone afterwards."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=home) as folder:
        yield Path(folder)


def _packed(folder: Path, home: Path) -> Path:
    packed = folder / "all.tar"
    with tarfile.open(packed, "w") as tar:
        for name in (DATABASE, MANIFEST):
            tar.add(folder / name, name)
        for name in FOLDERS:
            if (home / name).exists():
                tar.add(home / name, name)
    return packed


def _seal(packed: Path, whom: Any, into: Path) -> None:
    try:
        descriptor = os.open(into, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise CannotMove("cannot_write", file=into, why=error.strerror) from error
    with packed.open("rb") as plain, os.fdopen(descriptor, "wb") as sealed:
        pyrage.encrypt_io(plain, sealed, [whom])
        sealed.flush()
        os.fsync(sealed.fileno())


def _opened(file: Path, identity: str, folder: Path) -> Path:
    packed = folder / "all.tar"
    try:
        with file.open("rb") as sealed, packed.open("wb") as plain:
            pyrage.decrypt_io(sealed, plain, [pyrage.x25519.Identity.from_str(identity)])
    except (pyrage.IdentityError, pyrage.DecryptError) as error:
        raise CannotMove("cannot_open", file=file) from error
    except OSError as error:  # age says a cut file so too, but without a number of the system
        raise CannotMove("cannot_read" if error.errno else "cannot_open", file=file, why=error.strerror) from error
    return packed


def _unpack(packed: Path, folder: Path) -> None:
    """Take out the files we put in, and nothing that points elsewhere."""
    with tarfile.open(packed) as tar:
        for member in tar:
            path = PurePosixPath(member.name)
            ours = member.isfile() and not path.is_absolute() and ".." not in path.parts
            if ours and (str(path) in (DATABASE, MANIFEST) or path.parts[0] in FOLDERS):
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                with tar.extractfile(member) as source, (folder / path).open("wb") as copy:  # type: ignore[union-attr] # it is a file
                    shutil.copyfileobj(source, copy)
    packed.unlink()


def _bring_up_to_date(folder: Path) -> None:
    from alembic.util import CommandError

    try:
        migrate(f"sqlite:///{folder / DATABASE}")
    except CommandError as error:  # its tables are of a version this one has not heard of
        raise CannotMove("newer") from error
