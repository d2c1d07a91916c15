"""Write the log: one JSON object a line, and never a value that a voter may have typed.

Messages of exceptions hold whatever failed – a voter's words, an openid, SQL parameters. So of an exception only its
type and the lines it passed are written, and of other libraries' lines only the first line of their template.
"""

from __future__ import annotations

import contextlib
import json
import logging
import sys
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO, cast

import structlog

MOST_FRAMES = 12  # of one exception: the innermost tell where it failed
CAUSES = 4
_ROOT = Path(__file__).resolve().parents[1]


def configure(stream: TextIO = sys.stderr, *, verbose: bool = False, cache: bool = True) -> None:
    """Let every log line of the process go to `stream`; tests turn `cache` off to configure again."""
    level = logging.INFO if verbose else logging.WARNING
    stream = cast("TextIO", _Patient(stream))
    structlog.configure(
        processors=[
            _name_message,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _without_values,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=cache,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_Lines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)


class _Patient:
    """A stream that loses a line rather than stop whoever says it: the disk of the log may be full."""

    def __init__(self, stream: TextIO) -> None:
        """Write to that stream as long as it takes what is written."""
        self._stream = stream

    def write(self, words: str) -> int:
        """Write, or lose the words."""
        try:
            return self._stream.write(words)
        except OSError:
            return len(words)

    def flush(self) -> None:
        """Flush, or lose what was buffered."""
        with contextlib.suppress(OSError):
            self._stream.flush()


_MESSAGE: ContextVar[str] = ContextVar("message", default="")


class about:  # noqa: N801 - it reads as a word: with logs.about(key)
    """Let every line logged inside name the message of this key; the store's writer does not inherit our context."""

    __slots__ = ("_key", "_token")

    def __init__(self, key: str) -> None:
        """Take an idempotency key; its last twelve signs name it in the log."""
        self._key = key

    def __enter__(self) -> None:
        """Begin."""
        self._token = _MESSAGE.set(self._key)

    def __exit__(self, *_error: object) -> None:
        """Go back to what was talked about before."""
        _MESSAGE.reset(self._token)


def _name_message(_logger: Any, _method: str, line: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Add the correlation id to a line that is about one message."""
    if key := _MESSAGE.get():
        line["message"] = key[-12:]
    return line


def told(error: BaseException) -> dict[str, Any]:
    """Return what may be said of an exception: its type, its causes' types and the lines it passed."""
    kinds: list[str] = []
    each = error
    while len(kinds) < CAUSES:
        kinds.append(type(each).__name__)
        cause = each.__cause__ or (None if each.__suppress_context__ else each.__context__)
        if cause is None:
            break
        each = cause
    frames = traceback.extract_tb(error.__traceback__)[-MOST_FRAMES:]
    return {"error": " < ".join(kinds), "at": [f"{_short(frame.filename)}:{frame.lineno}" for frame in frames]}


def _without_values(_logger: Any, _method: str, line: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Replace `exc_info` by what may be said of it."""
    given = line.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        line.update(told(error))
    return line


class _Lines(logging.Formatter):
    """Write a line of another library like one of ours, without the facts it was given."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one JSON object."""
        line: dict[str, Any] = {
            "event": str(record.msg).split("\n", 1)[0],
            "logger": record.name,
            "level": record.levelname.lower(),
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z"),
        }
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            line |= told(error)
        return json.dumps(line, ensure_ascii=False)


def _short(filename: str) -> str:
    """Return a file's path below the checkout, or its last two parts."""
    path = Path(filename)
    return str(path.relative_to(_ROOT)) if path.is_relative_to(_ROOT) else "/".join(path.parts[-2:])
