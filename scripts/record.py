"""Record: what appeared is written back into the transcript, where it did not match."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from scripts.example import OVERRIDES, Example
from scripts.kinds import Bindings, shape
from scripts.matching import Pair
from scripts.session import Played, following_prompts, judge
from scripts.transcript import Exchange, Step, Transcript, escape, parse, with_output


def write(
    example: Example, there: Transcript, played: Sequence[Played], path: Path, fresh: bool
) -> int:
    """Write what appeared into a transcript; return below how many commands.

    `there` is the transcript that was played, `path` the file for it: that of the example, or
    one beside it, for the steps in which an engine differs; these call things by the names that
    the other steps have for them. Raises BadInput if what would be written could not be read:
    then nothing is.
    """
    usual = path == example.transcript.path
    new = (refreshed if fresh and usual else updated)(there, played)
    text = new.write()
    if not usual:
        steps = tuple(_differing(example.transcript, there, new, played))
        text = replace(new, steps=steps).write()
    if text:
        parse(path, text)
        path.write_text(text, encoding="utf-8")
    else:
        path.unlink(missing_ok=True)
    if fresh and usual and played:
        _rename(example, played[-1].judgement.comparison.bindings)
    pairs = zip(there.exchanges, new.exchanges, strict=True)
    return sum(list(old.lines()) != list(now.lines()) for old, now in pairs)


def _rename(example: Example, bindings: Bindings) -> None:
    """Have what is written for other engines call things as the transcript does from now on."""
    for path in example.folder.glob(OVERRIDES):
        lines = path.read_text(encoding="utf-8").split("\n")
        path.write_text("\n".join(map(bindings.to_seen, lines)), encoding="utf-8")


def _differing(
    usual: Transcript, there: Transcript, new: Transcript, played: Sequence[Played]
) -> Iterator[Step]:
    """Yield the new steps in which what appeared is not what the usual transcript says.

    A step that was not played stays as it was.
    """
    answers = {id(one.exchange): one.answer for one in played}
    following = following_prompts(usual)
    bindings = Bindings()
    for step, before, after in zip(usual.steps, there.steps, new.steps, strict=True):
        held = []
        for exchange, twin in zip(step.exchanges, before.exchanges, strict=True):
            if answer := answers.get(id(twin)):
                bindings.adopt(exchange.typed)
                judgement = judge(exchange, following[id(exchange)], answer, bindings)
                bindings = judgement.comparison.bindings
                held.append(judgement.holds)
        if not (all(held) if held else before.same_as(step)):
            yield after


def updated(transcript: Transcript, played: Sequence[Played]) -> Transcript:
    """Return the transcript with the lines that did not match replaced by what appeared.

    What was not played, and every line that matches, stays as it is.
    """
    by_exchange = {id(one.exchange): one for one in played}
    new = dict(_exchanges(transcript, by_exchange))
    return _with(transcript, new)


def refreshed(transcript: Transcript, played: Sequence[Played]) -> Transcript:
    """Return the transcript as this run showed it: also ids, times and sizes are this run's."""
    return _with(transcript, {id(one.exchange): _as_it_was(one) for one in played})


def _as_it_was(played: Played) -> Exchange:
    if not played.ready:
        return played.exchange
    bindings = played.judgement.comparison.bindings
    raw = [_fresh(pair) for pair in played.judgement.comparison.pairs]
    lines = [line for line in raw if line is not None]
    new = with_output(played.exchange, lines, played.answer.status or None)
    prompt = bindings.to_seen(new.prompt)
    return replace(new, prompt=prompt, command=tuple(played.typed.split("\n")))


def _fresh(pair: Pair) -> str | None:
    """Return the line to write for what appeared; syntax of the transcript stays as it is."""
    if pair.expected and (pair.expected.is_wildcard or pair.expected.is_interrupt):
        return pair.expected.raw
    return None if pair.seen is None or pair.op == "hidden" else escape(pair.seen)


def _with(transcript: Transcript, new: Mapping[int, Exchange]) -> Transcript:
    return replace(transcript, steps=tuple(_step(step, new) for step in transcript.steps))


def _step(step: Step, new: Mapping[int, Exchange]) -> Step:
    return replace(step, exchanges=tuple(new.get(id(e), e) for e in step.exchanges))


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
