"""Does the screen say what the transcript says?

Lines are aligned by the fewest lines that would have to change. Two lines match if they have
the same shape (see kinds) and what they name is bound consistently. Alternatives that were
rejected: one regular expression per output (no useful diff), and wildcards inside lines
(authors write too many, and they hide what rots).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from scripts.kinds import Bindings, shape
from scripts.transcript import Output

Op = Literal["same", "hidden", "spare", "missing", "extra"]

# BuildKit's and Compose's rows appear in the order in which their parallel work is done.
_WORK_ROW = re.compile(r" (?:=>| *✔) ")
_WORK_HEAD = re.compile(r"\[\+\] ")
# How many rows report the progress of a pull or push depends on how many layers an image has.
_LAYER_ROW = re.compile(
    r"[0-9a-f]{12}: (?:Pull complete|Download complete|Already exists|Pushed|Layer already exists"
    r"|Mounted from .*) *"
    r"| => => (?:sha256:|extracting ).*"
)


@dataclass(frozen=True)
class Pair:
    """One row of an alignment: an expected line, a seen line, or both.

    `same` has both. `hidden` is a wildcard, or one of the seen lines behind it. `spare` is a
    layer's row below another one, of which the other side has another number. `missing` was
    expected and not seen, `extra` seen and not expected.
    """

    op: Op
    expected: Output | None
    seen: str | None


@dataclass(frozen=True)
class Comparison:
    """Expected lines beside seen ones, and the bindings after them."""

    pairs: tuple[Pair, ...]
    bindings: Bindings

    @property
    def matches(self) -> bool:
        """Whether the screen says what the transcript says."""
        return not any(pair.op in ("missing", "extra") for pair in self.pairs)

    @property
    def shown(self) -> tuple[str, ...]:
        """What appeared, as a page shows it: `...` where the transcript has it.

        Rows of parallel work stand in the transcript's order.
        """
        return tuple(line for line in map(_shown, self.pairs) if line is not None)

    @property
    def idle(self) -> bool:
        """Whether a wildcard hid nothing: it could go, and what it might hide be noticed."""
        before = [None, *self.pairs]
        return any(
            pair.op == "hidden"
            and pair.expected is not None
            and not (last and last.op == "hidden" and last.seen is not None)
            for last, pair in zip(before, self.pairs, strict=False)
        )


def _shown(pair: Pair) -> str | None:
    """Return the line of a page that a pair makes, None if it makes none."""
    if pair.op == "hidden":
        return pair.expected.raw if pair.expected else None
    return pair.seen


def compare(expected: Sequence[Output], seen: Sequence[str], bindings: Bindings) -> Comparison:
    """Hold the output of one command against what appeared.

    `bindings` is what the session has bound so far; it is not changed.
    """
    lines = [line.rstrip() for line in seen]
    lines = _in_order_of(expected, lines, bindings)
    return _bound(_align(expected, lines, bindings), bindings)


def agree(expected: str, seen: str, bindings: Bindings) -> bool:
    """Say whether one expected line and one seen line match."""
    return shape(expected) == shape(seen) and bindings.copy().bind(expected, seen)


def _in_order_of(expected: Sequence[Output], seen: Sequence[str], bindings: Bindings) -> list[str]:
    """Put rows of parallel work, wherever they appeared in their block, in the expected order."""
    ordered: list[str] = []
    for is_work, block in groupby(seen, key=lambda row: is_work_row(row) or is_layer_row(row)):
        rows = list(block)
        ordered += _block_in_order_of(expected, rows, bindings) if is_work else rows
    return ordered


def _block_in_order_of(
    expected: Sequence[Output], block: Sequence[str], bindings: Bindings
) -> list[str]:
    """Put the rows of one block in the expected order.

    Rows that were not expected go to the others of their layer's kind, or to the wildcard among
    the rows, if there is one, and else behind the others.
    """
    strays = list(block)
    ordered: list[str] = []
    wildcard = None
    for before, output in zip([None, *expected], expected, strict=False):
        if output.is_wildcard and before and _is_among_work(before.text):
            wildcard = len(ordered)
        found = next((line for line in strays if agree(output.text, line, bindings)), None)
        if found is not None:
            strays.remove(found)
            ordered.append(found)
    for stray in strays:
        kin = [n for n, row in enumerate(ordered, 1) if shape(row) == shape(stray)]
        at = len(ordered) if wildcard is None else wildcard
        ordered.insert(kin[-1] if kin and is_layer_row(stray) else at, stray)
    return ordered


def _is_among_work(line: str) -> bool:
    return is_work_row(line) or _WORK_HEAD.match(line) is not None


def is_work_row(line: str) -> bool:
    """Say whether a line is a row of BuildKit or Compose, whose order says nothing."""
    return _WORK_ROW.match(line) is not None


def is_layer_row(line: str) -> bool:
    """Say whether a line reports on a layer, of which every image has another number."""
    return _LAYER_ROW.fullmatch(line) is not None


def _align(expected: Sequence[Output], seen: Sequence[str], bindings: Bindings) -> list[Pair]:
    """Align by dynamic programming: `cost[i][j]` is the price of expected[i:] beside seen[j:]."""
    prices = _Prices(expected, seen, bindings)
    m, n = len(expected), len(seen)
    cost = [[0] * (n + 1) for _ in range(m + 1)]
    for i in range(m, -1, -1):
        for j in range(n, -1, -1):
            cost[i][j] = min(
                (price + cost[a][b] for _, price, a, b in prices.moves(i, j)), default=0
            )
    pairs = []
    i = j = 0
    while (i, j) != (m, n):
        op, _, a, b = min(prices.moves(i, j), key=lambda move: move[1] + cost[move[2]][move[3]])
        pairs.append(Pair(op, expected[i] if a > i else None, seen[j] if b > j else None))
        i, j = a, b
    return pairs


class _Prices:
    """What it costs to go on from a place in the alignment, by each way that there is."""

    def __init__(self, expected: Sequence[Output], seen: Sequence[str], bindings: Bindings) -> None:
        self.expected = expected
        self.seen = seen
        self.bindings = bindings
        self._texts = [output.text for output in expected]
        self._layers = set(map(shape, filter(is_layer_row, self._texts)))
        self._layers &= set(map(shape, filter(is_layer_row, seen)))

    def moves(self, i: int, j: int) -> Iterator[tuple[Op, int, int, int]]:
        """Yield (operation, price, next i, next j), the preferred first among equals."""
        more_expected, more_seen = i < len(self.expected), j < len(self.seen)
        if more_expected and self.expected[i].is_wildcard:
            yield "hidden", 0, i + 1, j
            if more_seen:
                yield "hidden", 0, i, j + 1
            return
        if more_expected and more_seen and self._same(i, j):
            yield "same", 0, i + 1, j + 1
        if more_expected:
            spare = self._is_spare(self._texts, i)
            yield "spare" if spare else "missing", not spare, i + 1, j
        if more_seen:
            spare = self._is_spare(self.seen, j)
            yield "spare" if spare else "extra", not spare, i, j + 1

    def _is_spare(self, rows: Sequence[str], n: int) -> bool:
        """Say whether a row is one of some layers, and not the first, which must be there."""
        return n > 0 and is_layer_row(rows[n - 1]) and shape(rows[n]) in self._layers

    def _same(self, i: int, j: int) -> bool:
        return agree(self.expected[i].text, self.seen[j], self.bindings)


def _bound(pairs: list[Pair], bindings: Bindings) -> Comparison:
    """Bind what the aligned lines name, in order; a contradiction takes a pair apart."""
    bindings = bindings.copy()
    result: list[Pair] = []
    for pair in pairs:
        # The ids of layers are another matter in every image that stands in for another.
        if pair.op != "same" or not pair.expected or pair.seen is None or is_layer_row(pair.seen):
            result.append(pair)
            continue
        trial = bindings.copy()
        if trial.bind(pair.expected.text, pair.seen):
            bindings = trial
            result.append(pair)
        else:
            result += [Pair("missing", pair.expected, None), Pair("extra", None, pair.seen)]
    return Comparison(tuple(result), bindings)


def diff(comparison: Comparison, context: int = 2) -> list[str]:
    """Return a diff for people: line numbers, `-` expected, `+` seen, volatile values aligned.

    Values that were bound are shown as the transcript has them, so that only what is really
    different stands out.
    """
    rows = list(_rows(comparison))
    near = {
        k
        for n, (sign, _) in enumerate(rows)
        if sign != " "
        for k in range(n - context, n + context + 1)
    }
    return [text for n, (_, text) in enumerate(rows) if n in near]


def _rows(comparison: Comparison) -> Iterator[tuple[str, str]]:
    for pair in comparison.pairs:
        sign = {"missing": "-", "extra": "+"}.get(pair.op, " ")
        if pair.expected is not None:
            yield sign, f"{pair.expected.line or '':>4} | {sign} {pair.expected.text}".rstrip()
        elif pair.op == "extra":
            seen = comparison.bindings.to_expected(pair.seen or "")
            yield sign, f"     | {sign} {seen}".rstrip()
