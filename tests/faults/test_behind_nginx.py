"""The deployment of docs/ops.md for real: three web and two worker processes on PostgreSQL, nginx in front."""

import asyncio
import re
import shutil
from pathlib import Path

import aiohttp
import pytest

from tests.faults.conftest import until
from tests.faults.test_laws_of_delivery import every_message_is_one_case, every_push_is_sent_once, stream
from tests.plugins.ports import free_port

CONFIG = Path("deploy/nginx.conf")
PORTS = ("8081", "8082", "8083")


class Nginx:
    """The proxy with the configuration we ship, its addresses exchanged for free ones."""

    def __init__(self, folder, services):
        self.folder, self.port = folder, free_port()
        words = CONFIG.read_text().replace("listen 8080;", f"listen 127.0.0.1:{self.port};")
        for shipped, service in zip(PORTS, services, strict=True):
            words = words.replace(f"127.0.0.1:{shipped}", f"127.0.0.1:{service.port}")
        (folder / "nginx.conf").write_text(words)

    async def __aenter__(self):
        program = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin:/opt/homebrew/bin")
        assert program, "nginx is missing: tools/test_needs installs it"
        ours = f"daemon off; pid {self.folder}/nginx.pid; error_log {self.folder}/error.log;"
        self.process = await asyncio.create_subprocess_exec(
            program, "-p", str(self.folder), "-c", "nginx.conf", "-e", f"{self.folder}/error.log", "-g", ours
        )
        await until(self._answers)
        return self

    async def __aexit__(self, *_):
        self.process.terminate()
        await self.process.wait()

    async def status(self, path):
        async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{self.port}{path}") as got:
            return got.status

    async def _answers(self):
        assert self.process.returncode is None, (self.folder / "error.log").read_text()
        try:
            return await self.status("/healthz") == 200
        except aiohttp.ClientError:
            return False


@pytest.fixture
async def cluster(town, tmp_path):
    """Three who hear and two who deliver, behind one address."""
    webs = await asyncio.gather(*(town.starts("serve", "--only", "web") for _ in PORTS))
    await asyncio.gather(*(town.starts("worker") for _ in range(2)))
    folder = tmp_path / "nginx"
    folder.mkdir()
    async with Nginx(folder, webs) as nginx:
        for account in town.platform.world.accounts:
            if account.callback_url:
                account.callback_url = re.sub(r":\d+/", f":{nginx.port}/", account.callback_url, count=1)
        yield town, webs, nginx


@pytest.mark.parametrize("house_database", ["postgres"], indirect=True)
async def test_a_deploy_under_load_refuses_no_call_and_doubles_nothing(cluster, chance):
    """Each web process is stopped and started in its turn, as a new version would be, while voters write."""
    town, webs, nginx = cluster
    town.platform.postman.timeout = 5.0  # the real one: whoever waits longer was refused
    coming = asyncio.create_task(stream(town, chance, voters=60, seconds=4.0))
    for web in webs:
        assert await web.terminate() == 0, web.log.read_text()
        await web.start()
    happenings = await coming
    # Every call was answered at its first try: the platform never had to repeat itself.
    assert {tuple(happening.statuses) for happening in happenings} == {(200,)}
    cases = await every_message_is_one_case(town, happenings)
    assert len(cases) == 60
    await every_push_is_sent_once(town, cases)
    await town.proof()
    assert [await nginx.status(path) for path in ("/metrics", "/readyz")] == [404, 404]
