"""The register's form: what stands in an entry, what may become of it, and what it still lacks."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields, replace

#   disposition    said as
DISPOSITIONS = {
    "spot":      "当场|当场答复|现场答复",
    "community": "社区|村|村居|居委会|村委会",
    "street":    "街道|乡镇|镇|乡",
    "district":  "区代表建议|县代表建议|区代表|县代表|区建议|县建议",
    "city":      "市代表建议|市代表|市建议",
}  # fmt: skip
PERSONAL = ("name", "phone", "home", "words", "answer", "proposal", "result")  # what is forgotten with the person


@dataclass(frozen=True, slots=True)
class Said:
    """What one version of an entry says; each change is a version of its own, the first stays as it was taken down."""

    name: str = ""
    phone: str = ""
    home: str = ""  # street, estate, grid
    words: str = ""  # the matter, in the voter's own words
    answer: str = ""  # on the spot
    proposal: str = ""  # how it is meant to be handled
    unit: str = ""  # by whom
    due_on: str = ""
    result: str = ""


def written(said: Said) -> str:
    """Return an entry's content as JSON."""
    return json.dumps({name: value for name, value in asdict(said).items() if value}, ensure_ascii=False)


def read(text: str) -> Said:
    """Return the content that `written` wrote."""
    known = {each.name for each in fields(Said)}
    return Said(**{name: value for name, value in json.loads(text).items() if name in known})


def forgotten(said: Said) -> Said:
    """Return an entry's content without what tells who it was."""
    return replace(said, **dict.fromkeys(PERSONAL, ""))


def lacks(category_id: int | None, disposition: str, said: Said) -> tuple[str, ...]:
    """Return what an entry needs before its session can be closed; a word given on the spot belongs in the form."""
    return tuple(
        what
        for what, missing in (
            ("category", category_id is None),
            ("disposition", not disposition),
            ("answer", disposition == "spot" and not said.answer),
        )
        if missing
    )


def disposition_of(words: str) -> str:
    """Return the disposition somebody means by a word or a figure, or nothing."""
    said = words.strip().rstrip("。.!！ ").removeprefix("交").removesuffix("办理")
    for number, (code, names) in enumerate(DISPOSITIONS.items(), 1):
        if said == str(number) or said in names.split("|"):
            return code
    return ""
