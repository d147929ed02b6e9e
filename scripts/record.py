"""Record: what appeared is written back into the transcript, where it did not match."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from scripts.session import Played
from scripts.transcript import Exchange, Step, Transcript, escape, with_output


def updated(transcript: Transcript, played: Sequence[Played]) -> Transcript:
    """Return the transcript with the lines that did not match replaced by what appeared.

    What was not played, and every line that matches, stays as it is.
    """
    by_line = {one.exchange.line: one for one in played}
    steps = (_step(step, by_line) for step in transcript.steps)
    return replace(transcript, steps=tuple(steps))


def _step(step: Step, played: dict[int, Played]) -> Step:
    return replace(step, exchanges=tuple(_exchange(e, played.get(e.line)) for e in step.exchanges))


def _exchange(exchange: Exchange, played: Played | None) -> Exchange:
    if played is None or played.passed or not played.finished:
        return exchange
    return with_output(exchange, _lines(played), played.status or None)


def _lines(played: Played) -> Iterator[str]:
    for pair in played.comparison.pairs:
        if pair.op in ("same", "hidden", "spare") and pair.expected is not None:
            yield pair.expected.raw
        elif pair.op == "extra" and pair.seen is not None:
            yield escape(played.comparison.bindings.to_expected(pair.seen))
