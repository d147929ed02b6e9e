"""Record: what appeared is written back into the transcript, where it did not match."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from scripts.kinds import shape
from scripts.session import Played
from scripts.transcript import Exchange, Step, Transcript, escape, parse, with_output


def write(transcript: Transcript, played: Sequence[Played]) -> int:
    """Write what appeared into the transcript's file; return below how many commands.

    Raises BadInput if what would be written could not be read: then nothing is.
    """
    new = updated(transcript, played)
    if new.write() != transcript.write():
        parse(transcript.path, new.write())
        transcript.path.write_text(new.write(), encoding="utf-8")
    pairs = zip(transcript.exchanges, new.exchanges, strict=True)
    return sum(list(old.lines()) != list(now.lines()) for old, now in pairs)


def updated(transcript: Transcript, played: Sequence[Played]) -> Transcript:
    """Return the transcript with the lines that did not match replaced by what appeared.

    What was not played, and every line that matches, stays as it is.
    """
    by_exchange = {id(one.exchange): one for one in played}
    new = dict(_exchanges(transcript, by_exchange))
    return replace(transcript, steps=tuple(_step(step, new) for step in transcript.steps))


def _step(step: Step, new: dict[int, Exchange]) -> Step:
    return replace(step, exchanges=tuple(new[id(exchange)] for exchange in step.exchanges))


def _exchanges(transcript: Transcript, played: dict[int, Played]) -> Iterator[tuple[int, Exchange]]:
    before: Played | None = None
    for exchange in transcript.exchanges:
        after = played.get(id(exchange))
        yield id(exchange), _prompted(_answered(exchange, after), before)
        before = after


def _answered(exchange: Exchange, played: Played | None) -> Exchange:
    if played is None or played.passed or not played.ready:
        return exchange
    return with_output(exchange, _lines(played), played.answer.status or None)


def _prompted(exchange: Exchange, before: Played | None) -> Exchange:
    """Write the prompt as the terminal showed it, if it is another one than was expected."""
    if exchange.in_shell or before is None or before.answer.prompt is None or before.passed:
        return exchange
    shown = before.judgement.comparison.bindings.to_expected(before.answer.prompt)
    return replace(exchange, prompt=shown) if shape(shown) == shape(exchange.prompt) else exchange


def _lines(played: Played) -> Iterator[str]:
    for pair in played.judgement.comparison.pairs:
        if pair.op in ("same", "hidden", "spare") and pair.expected is not None:
            yield pair.expected.raw
        elif pair.op == "extra" and pair.seen is not None:
            yield escape(played.judgement.comparison.bindings.to_expected(pair.seen))
