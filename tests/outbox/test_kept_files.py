"""Pictures are kept under their hash: whole, once, and also when many send the same at one moment."""

from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from threading import Barrier

import pytest

from handlers.errands import keep_file

PICTURE = b"\x89PNG" + bytes(200_000)
NAME = sha256(PICTURE).hexdigest()
MANY = 8


def files_in(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def test_the_same_picture_of_many_at_one_moment_is_one_file(tmp_path):
    at_once = Barrier(MANY)

    def keep(folder):
        at_once.wait(10)
        keep_file(folder, NAME, PICTURE)

    with ThreadPoolExecutor(MANY) as people:
        for turn in range(20):
            folder = tmp_path / str(turn)
            for kept in [people.submit(keep, folder) for _ in range(MANY)]:
                kept.result(10)
            (file,) = files_in(folder)
            assert file.read_bytes() == PICTURE


def test_what_could_not_be_written_whole_leaves_nothing(tmp_path, monkeypatch):
    def full(path, data):
        with path.open("wb") as file:
            file.write(data[:10])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    with pytest.raises(OSError, match="No space"):
        keep_file(tmp_path, NAME, PICTURE)
    assert files_in(tmp_path) == []
