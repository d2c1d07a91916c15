"""Turn the words of a message into safe HTML: escaped first, then links and WeCom's few marks."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

_LINK = re.compile(r"https?://[^\s<>，。；、）」』]+")
_STEPS = (
    (re.compile(r"\*\*(.+?)\*\*"), r"<strong>\1</strong>"),
    (re.compile(r"^#{1,6} +(.+)$", re.MULTILINE), r"<strong>\1</strong>"),
    (re.compile(r"^&gt; ?(.*)\n?", re.MULTILINE), r'<span class="quote">\1</span>'),
    (
        re.compile(r"&lt;font color=&#34;(\w+)&#34;&gt;(.*?)&lt;/font&gt;"),
        r'<span class="\1">\2</span>',
    ),
    (re.compile(r"\[([^\]\n]+)\]\((https?://[^\s)]+)\)"), r'<a href="\2" target="_blank" rel="noopener">\1</a>'),
)


def plain(text: str) -> Markup:
    """Return the words with their web addresses as links."""
    safe = str(escape(text))
    return Markup(_LINK.sub(lambda m: f'<a href="{m[0]}" target="_blank" rel="noopener">{m[0]}</a>', safe))  # noqa: S704


def marked(text: str) -> Markup:
    """Return WeCom markdown as people see it."""
    safe = str(escape(text))
    for pattern, html in _STEPS:
        safe = pattern.sub(html, safe)
    return Markup(safe)  # noqa: S704 - escaped above  # escaped above
