"""What the bot and its pages say: the house's words for its pages, and over them the office's texts.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from string import Formatter
from typing import Any

from config.faults import BadConfig

WORDS = Path(__file__).parent / "words"  # one file for the console, one for the public pages …


class Texts:
    """Every sentence of the house, by dotted code."""

    def __init__(self, sentences: dict[str, str], offices: frozenset[str] = frozenset()) -> None:
        """Take sentences by dotted code, and the codes of those that are the office's to word; use `load_texts`."""
        self._sentences = self._as_written = sentences
        self.offices = offices

    def __call__(self, code: str, **facts: Any) -> str:
        """Return the sentence with its facts filled in; an unknown code raises KeyError."""
        return self._sentences[code].format_map(facts)

    def refusal(self, code: str, facts: Mapping[str, Any]) -> str:
        """Return the words of a refusal; they name the case it is about, whatever the sentence says of itself."""
        words, number = self(f"refused.{code}", **facts), str(facts.get("number", ""))
        return f"{number}：{words}" if number and number not in words else words

    def __contains__(self, code: str) -> bool:
        """Whether there is such a sentence."""
        return code in self._sentences

    def written(self, code: str) -> str:
        """Return a sentence as it stands in the files, with its facts in braces."""
        return self._as_written[code]

    def said(self, code: str) -> str:
        """Return a sentence as it is said now, with its facts in braces."""
        return self._sentences[code]

    def reword(self, own: Mapping[str, str]) -> None:
        """Say these sentences in these words from now on, all others as they are written.

        One that asks for a fact its sentence does not know is left out: the files have moved on since it was worded.
        """
        fits = {code: words for code, words in own.items()
                if code in self.offices and asked(words) <= asked(self._as_written[code])}  # fmt: skip
        self._sentences = {**self._as_written, **fits}

    def codes(self) -> list[str]:
        """Return every code."""
        return sorted(self._sentences)


def load_texts(folder: Path) -> Texts:
    """Read the words of our pages, then texts.toml of an office folder, which wins; raises BadConfig."""
    sentences: dict[str, str] = {}
    for path in sorted(WORDS.glob("*.toml")):
        sentences |= _read(path)
    own = _read(folder / "texts.toml")
    return Texts(sentences | own, frozenset(own))


def asked(words: str) -> set[str]:
    """Return the facts a sentence asks for; raises ValueError where its braces do not fit together."""
    return {name for _, name, _, _ in Formatter().parse(words) if name is not None}


def _read(path: Path) -> dict[str, str]:
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadConfig(f"{path}：没有这个文件；它是机器人说的每一句话") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadConfig(f"{path}：不是正确的 TOML（{error}）") from None
    return dict(_flat("", tables))


def _flat(prefix: str, table: dict[str, Any]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, value in table.items():
        name = f"{prefix}{key}"
        found += _flat(f"{name}.", value) if isinstance(value, dict) else [(name, str(value).strip("\n"))]
    return found
