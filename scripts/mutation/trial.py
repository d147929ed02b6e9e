"""Trial: a mutant is held against what was recorded, or typed in front of a new engine."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace

from scripts import report
from scripts.errors import BadInput, Problem, shown
from scripts.example import Example
from scripts.kinds import Bindings
from scripts.mutation import damage
from scripts.mutation.damage import Mutant
from scripts.session import Answer, Judgement, following_prompts, judge
from scripts.transcript import Transcript, parse
from scripts.verify import Verifier


@dataclass(frozen=True)
class Outcome:
    """What came of a mutant: noticed, or not. `reason` says why it need not be, if so."""

    example: Example
    mutant: Mutant
    killed: bool
    reason: str = ""

    @property
    def unexplained(self) -> bool:
        """Whether it was not noticed, and nothing says why it need not be."""
        return not self.killed and not self.reason

    def __str__(self) -> str:
        return f"{shown(self.example.transcript.path)}:{self.mutant.line}: {self.mutant.what}"


class Recording:
    """What a run of an example showed, to be held against other transcripts.

    `transcript` holds the steps that were run.
    """

    def __init__(self, example: Example, result: report.Example) -> None:
        commands = [command for step in result.steps for command in step.commands]
        ran = {step.name for step in result.steps if step.commands}
        steps = tuple(step for step in example.transcript.steps if step.name in ran)
        self.example = example
        self.result = result
        self.transcript = replace(example.transcript, steps=steps)
        self._typed = [command.typed for command in commands]
        self._answers = [Answer(c.output, c.status, c.next_prompt) for c in commands]
        judged = self._judge(self.transcript, 0, Bindings())
        self._bindings = [Bindings(), *(j.comparison.bindings for j in judged if j)]

    def _judge(
        self, transcript: Transcript, start: int, bindings: Bindings
    ) -> Iterator[Judgement | None]:
        """Hold the exchanges from the one numbered `start` against what was recorded.

        Yields None, and ends, where other text would have been typed.
        """
        following = following_prompts(transcript)
        for n, exchange in enumerate(transcript.exchanges):
            if n < start:
                continue
            bindings = bindings.copy()
            bindings.adopt(exchange.typed)
            if bindings.to_seen(exchange.typed) != self._typed[n]:
                yield None
                return
            judgement = judge(exchange, following[id(exchange)], self._answers[n], bindings)
            bindings = judgement.comparison.bindings
            yield judgement

    def faults(self) -> Iterator[Problem]:
        """Yield what is wrong with the transcript as it is."""
        path = self.transcript.path
        judged = self._judge(self.transcript, 0, Bindings())
        for exchange, judgement in zip(self.transcript.exchanges, judged, strict=False):
            if judgement is None or not judgement.holds:
                yield Problem(path, exchange.line, "not what was recorded", "verify it again")
            elif judgement.comparison.idle:
                yield Problem(path, exchange.line, "a `...` below it hides nothing", "remove it")

    def notices(self, mutant: Mutant) -> bool:
        """Say whether a mutant's damage shows, at its place or anywhere after it."""
        if not _is_readable(mutant.transcript):
            return True
        judged = self._judge(mutant.transcript, mutant.at, self._bindings[mutant.at])
        return any(one is None or not one.holds or one.comparison.idle for one in judged)

    def outcomes(self) -> list[Outcome]:
        """Hold every damage to the output against the recorded run."""
        mutants = damage.of_output(self.transcript)
        return [
            Outcome(self.example, mutant, self.notices(mutant), mutant.equivalent)
            for mutant in mutants
        ]


def _damaged_commands(example: Example, result: report.Example) -> Iterator[Trial]:
    """Yield every damage to the commands of an example, ready to be typed.

    A damaged command may wait for ever, so it is given little more time than the sound one took.
    """
    took = {step.name: step.seconds for step in result.steps}
    steps = {
        name: options.model_copy(update={"timeout": min(options.timeout, 10 + 4 * took[name])})
        for name, options in example.options.steps.items()
    }
    hurried = replace(example, options=example.options.model_copy(update={"steps": steps}))
    reasons = {
        (exchange.line, typed): reason
        for step in example.transcript.steps
        for exchange in step.exchanges
        for typed, reason in example.options.steps[step.name].equivalent.items()
    }
    for mutant in damage.of_commands(example.transcript):
        typed = mutant.typed
        yield Trial(hurried, mutant, reasons.get((mutant.line, typed), mutant.equivalent))


@dataclass(frozen=True)
class Trial:
    """A mutant that is to be typed in front of a new engine."""

    example: Example
    mutant: Mutant
    reason: str

    def run(self, verifier: Verifier) -> Outcome:
        """Type it, until something is noticed or all is typed. Raises MachineError."""
        noticed = verifier.notices(replace(self.example, transcript=self.mutant.transcript))
        return Outcome(self.example, self.mutant, noticed, self.reason)


def damage_output(recordings: Sequence[Recording], jobs: int) -> list[Outcome]:
    """Hold all damage to all output against the recorded runs, with so many processes."""
    with ProcessPoolExecutor(jobs) as pool:
        return [one for found in pool.map(Recording.outcomes, recordings) for one in found]


def damage_commands(recordings: Iterable[Recording]) -> list[Trial]:
    """Return all damage to all commands, ready to be typed."""
    return [trial for r in recordings for trial in _damaged_commands(r.example, r.result)]


def summary(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Yield the lines that sum it up: survivors with their places, reasons, figures."""
    survivors = [outcome for outcome in outcomes if not outcome.killed]
    for outcome in survivors:
        if outcome.unexplained:
            yield f"survived {outcome}"
    reasons = Counter(outcome.reason for outcome in survivors if outcome.reason)
    for reason, number in reasons.most_common():
        yield f"{number} need not be noticed: {reason}"
    explained = f" ({sum(reasons.values())} explained)" if reasons else ""
    killed = len(outcomes) - len(survivors)
    yield f"mutants: {len(outcomes)}, killed: {killed}, survived: {len(survivors)}{explained}"


def sample(trials: Sequence[Trial], size: int) -> list[Trial]:
    """Choose some trials, the same ones as long as the examples are the same."""

    def number(trial: Trial) -> bytes:
        text = f"{trial.example.slug}\0{trial.mutant.line}\0{trial.mutant.what}"
        return hashlib.sha256(text.encode()).digest()

    return sorted(trials, key=number)[:size]


def _is_readable(transcript: Transcript) -> bool:
    try:
        parse(transcript.path, transcript.write())
    except BadInput:
        return False
    return True
