"""The memory as the service has it."""

import pytest


@pytest.fixture(autouse=True)
def _a_second_to_answer(monkeypatch):
    monkeypatch.setattr("bot.memory.ANSWER_S", 1.0)
