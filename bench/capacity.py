"""Reckon from what things cost how far it carries: python -m bench.capacity prints the tables of docs/capacity.md.

Whoever measures anew changes MEASURED, prints again and puts the tables there (tests/test_docs.py compares).
"""

from dataclasses import dataclass

#    name                 figure  what it is, where it is from
MEASURED = {
    "message":              (0.71, "ms of CPU: a durable message at full speed", "bench"),
    "messages_s":         (1_320, "messages a second: one web process at full speed", "bench"),
    "lone_message":          (4.2, "ms of CPU: the web process a callback, 18 a second", "bench.city_day"),
    "push":                  (1.8, "ms of CPU: a push of many, the platform's limit binding", "bench.fanout"),
    "pushes_s":              (505, "pushes a second: one worker", "bench.fanout"),
    "lone_push":            (10.9, "ms of CPU: the whole worker, pictures and ticks too, a push", "bench.city_day"),
    "owing":                (0.45, "ms of CPU: a push is planned", "bench.fanout"),
    "pushes_a_callback":    (0.81, "pushes a callback in the busiest hour", "bench.city_day"),
    "index":                 (0.5, "ms of CPU: the words of a matter put into the index, busy machine", "bench.pages"),
    "mb":                  (0.815, "MB a 1,000 messages, with 100 matters, their history and pushes", "bench.growth"),
    "calls_a_minute":     (10_000, "calls a minute of one WeCom corp", "the platform"),
    "calls_an_hour":     (150_000, "calls an hour of one WeCom corp", "the platform"),
    "voters_who_write":     (0.10, "of the voters write to us", "assumed"),
    "messages_a_month":        (4, "messages a month of each who does", "assumed"),
    "matters_a_message":     (0.1, "matters a message", "assumed"),
    "top_s":                 (5.5, "callbacks a second of a city at the middle of its busiest hour", "assumed"),
    "viral_s":                (15, "callbacks a second, for a minute, of a group in which all write", "assumed"),
}  # fmt: skip
FIGURES = {name: figure for name, (figure, _, _) in MEASURED.items()}


@dataclass(frozen=True)
class Place:
    """Where the service might be used; a viral group is one that everybody writes in at that moment."""

    name: str
    cities: int
    representatives: int
    groups: int
    voters: int
    viral: int


PLACES = (
    Place("a city", 1, 3_181, 666, 100_000, 1),
    Place("a province", 11, 35_000, 7_300, 1_100_000, 3),
    Place("the country", 333, 2_770_000, 222_000, 33_300_000, 30),
)


def reckoned(place):
    """Return what a place asks of machines, line by line."""
    f = FIGURES
    month = place.voters * f["voters_who_write"] * f["messages_a_month"]
    day, year = month / 30, month * 12
    matters = year * f["matters_a_message"]
    top = place.cities * f["top_s"] + place.viral * f["viral_s"]
    crowd, lone = (f[f"{kind}message"] + f["pushes_a_callback"] * f[f"{kind}push"] for kind in ("", "lone_"))
    told = place.representatives + place.groups
    last = place.representatives - 1  # who is told last waits for so many minutes, or hours, of others
    corp_s = max(last // f["calls_a_minute"] * 60, last // f["calls_an_hour"] * 3600)
    return {
        "cities; representatives; groups": f"{place.cities:,}; {place.representatives:,}; {place.groups:,}",
        "messages a day; a year": f"{day:,.0f}; {year / 1e6:,.2f} million",
        "matters a year": f"{matters:,.0f}",
        "CPU of a usual day, hearing and telling": time(day * lone / 1000),
        "callbacks a second at the top of the busiest hour": f"{top:,.0f}",
        "cores for it, hearing and telling": f"{top * crowd / 1000:.2g} to {top * lone / 1000:.2g}",
        "web processes for it": f"{top / f['messages_s']:,.2f}",
        "everybody told at once: CPU": time(told * (f["push"] + f["owing"]) / 1000),
        "… by one worker": time(told / f["pushes_s"]),
        "… as one corp is allowed": time(corp_s) if corp_s else "not reached",
        "… as a corp a city is allowed, a worker each": time(told / place.cities / f["pushes_s"]),
        "words into the index, a year": time(matters * f["index"] / 1000),
        "disk, a year": f"{year / 1000 * f['mb'] / 1000:,.1f} GB",
    }


def time(seconds):
    """Return a length of time as one says it."""
    for unit, length in (("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:,.0f} {unit}"
    return f"{seconds:,.0f} s"


def table(head, lines):
    """Return a table as Markdown has it."""
    rule = ["---"] * len(head)
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in (head, rule, *lines)).replace("| --- ", "|---")


def tables():
    """Return both tables: what things cost, and what places ask."""
    columns = [reckoned(place) for place in PLACES]
    asked = [(line, *(column[line] for column in columns)) for line in columns[0]]
    costs = [(f"{figure:,}", what, where) for figure, what, where in MEASURED.values()]
    head = ("", *(place.name for place in PLACES))
    return table(("figure", "what", "where from"), costs), table(head, asked)


if __name__ == "__main__":
    print(*tables(), sep="\n\n")
