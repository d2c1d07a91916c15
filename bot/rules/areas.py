"""Find whose streets and estates somebody speaks of: the longest name that only one group has decides."""

from __future__ import annotations

from collections.abc import Mapping

from ahocorasick_rs import AhoCorasick


class Areas:
    """The streets, villages and estates of each group."""

    def __init__(self, areas: Mapping[int, str]) -> None:
        """Take group → its names, parted by blanks."""
        groups: dict[str, list[int]] = {}
        for group_id, names in areas.items():
            for name in dict.fromkeys(names.split()):
                groups.setdefault(name, []).append(group_id)
        self._names = [(len(name), tuple(ids)) for name, ids in groups.items()]
        self._finder = AhoCorasick(list(groups)) if groups else None

    def group_of(self, words: str) -> int | None:
        """Return the one group with the longest name among these words; None if there is none, or two are as good."""
        longest, best = 0, set[int]()
        if self._finder is None:
            return None
        for number, _, _ in self._finder.find_matches_as_indexes(words, overlapping=True):
            length, ids = self._names[number]
            if length > longest:
                longest, best = length, set(ids)
            elif length == longest:
                best.update(ids)
        return best.pop() if len(best) == 1 else None


NO_AREAS = Areas({})
