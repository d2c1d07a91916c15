"""The stage of the tests: real database, real Redis, the emulator, and the cast."""

import os

from hypothesis import settings

# A laptop looks for new examples each time; CI must say the same of the same commit, however slow it is.
settings.register_profile("laptop", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "laptop")

pytest_plugins = ["tests.plugins.redis_server", "tests.plugins.postgres_server", "tests.plugins.house"]
