"""Which samples came and which are missing, exactly, in whatever order they come."""

from __future__ import annotations

from bisect import bisect_left, bisect_right


class Ledger:
    """A set of sample indices from 0 on, kept as half-open spans."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        self.received = 0
        self.end = 0  # one past the highest index that is known to exist

    def take(self, start: int, end: int) -> list[tuple[int, int]]:
        """Enter ``[start, end)``; return the parts of it that are new."""
        self.end = max(self.end, end)
        first, last = bisect_left(self._ends, start), bisect_right(self._starts, end)
        new, at = [], start
        for a, b in zip(self._starts[first:last], self._ends[first:last], strict=True):
            if at < a:
                new.append((at, min(a, end)))
            at = max(at, b)
        if at < end:
            new.append((at, end))
        if new:
            self.received += sum(b - a for a, b in new)
            start, end = (
                min([start, *self._starts[first:last]]),
                max([end, *self._ends[first:last]]),
            )
            self._starts[first:last], self._ends[first:last] = [start], [end]
        return new

    def expect(self, end: int) -> None:
        """Note that samples up to `end` exist, whether they came or not."""
        self.end = max(self.end, end)

    @property
    def lost(self) -> int:
        """How many samples are missing."""
        return self.end - self.received

    @property
    def holes(self) -> list[tuple[int, int]]:
        """Half-open spans that are missing, in order."""
        edges = [0, *(edge for span in zip(self._starts, self._ends, strict=True) for edge in span)]
        edges.append(self.end)
        pairs = zip(edges[::2], edges[1::2], strict=True)
        return [(a, b) for a, b in pairs if a < b]
