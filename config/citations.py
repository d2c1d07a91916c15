"""Read what an answer says it stands on: the law, its version, its articles."""

from __future__ import annotations

import re
from dataclasses import dataclass

# 代表法（2025-03-11）第五十一条、第五十二条；选举法（2020-10-17）第三条
_LAW = re.compile(r"(?P<law>[^；（）]+)（(?P<version>\d{4}-\d{2}-\d{2})）(?P<articles>第[^；]*条)")
_ARTICLE = re.compile(r"第[一二三四五六七八九十百零]+条(?:之[一二三四五六七八九十])?")


@dataclass(frozen=True, slots=True, order=True)
class Citation:
    """One article of one version of one law."""

    law: str
    version: str
    article: str

    def __str__(self) -> str:
        """Return it as people write it."""
        return f"{self.law}（{self.version}）{self.article}"


def citations(source: str) -> list[Citation]:
    """Return every article a source names; what is no law (the station's own notes) names none."""
    return [
        Citation(found["law"].strip(), found["version"], article)
        for found in _LAW.finditer(source)
        for article in _ARTICLE.findall(found["articles"])
    ]
