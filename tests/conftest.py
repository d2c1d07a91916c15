"""The stage of the tests: real database, real Redis, the emulator, and the cast."""

import os
import pickle
import tomllib
from functools import cache

import structlog
from hypothesis import settings

import bot.memory

# A laptop looks for new examples each time; CI must say the same of the same commit, however slow it is.
settings.register_profile("laptop", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "laptop")

# schemathesis brings rich along, and structlog would let it draw every local of every frame: seconds for each exception.
# This is the renderer that a test which resets structlog gets back, too.
structlog.get_config()["processors"][-1].exception_formatter = structlog.dev.plain_traceback

# A machine that does ten other things keeps everybody waiting for a second now and then: no Redis is away for that.
# What Redis's silence costs is tried in tests/memory and tests/faults, with the service's own second.
bot.memory.ANSWER_S = 10.0

# Every house reads the same files: each is parsed once, and whoever reads it gets tables of their own.
_parse = tomllib.loads
_parsed = cache(lambda text: pickle.dumps(_parse(text)))
tomllib.loads = lambda text, **how: _parse(text, **how) if how else pickle.loads(_parsed(text))

pytest_plugins = [
    "tests.plugins.redis_server",
    "tests.plugins.postgres_server",
    "tests.plugins.sentinels",
    "tests.plugins.house",
]
