"""What a subscriber's program hears of a step, as the document of the interface shows it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from handlers.public.georeport_shapes import Shape


class Step(Shape):
    """Where a case stands after a step: numbers and codes only."""

    number: str
    step: int
    state: str
    status: Literal["open", "closed"]
    station: str
    subject: str | None


class CaseNews(Shape):
    """One step of one case."""

    type: str = Field(pattern=r"^case\.[a-z_]+$")
    timestamp: str
    data: Step
