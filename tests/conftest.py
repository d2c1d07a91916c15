"""The stage of the tests: real database, real Redis, the emulator, and the cast."""

pytest_plugins = ["tests.plugins.redis_server", "tests.plugins.postgres_server", "tests.plugins.house"]
