"""Verify: each example in a lab of its own, typed, watched and compared."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from scripts import report
from scripts.errors import MachineError, shown
from scripts.example import Example, StepOptions
from scripts.lab import cgroups
from scripts.lab.bench import Bench
from scripts.lab.lab import Lab
from scripts.matching import diff
from scripts.report import Verdict
from scripts.session import Played, Session
from scripts.terminal import Closed, Terminal, TimedOut
from scripts.transcript import Step

ENOUGH = 60  # lines of a long screen, from its top and from its end, that say what came
WIDE = 500  # letters of a long line
PAUSE = 0.1  # seconds between two tries of a step that is to match eventually

BROKEN = "the lab broke"
NO_HUB = "only the original image can answer, and Docker Hub was not used"

Task = TypeVar("Task")
Done = TypeVar("Done")

# Called as a run goes on: the example, and what it is doing now.
Progress = Callable[[Example, str], None]


@dataclass(frozen=True)
class Turn:
    """A step after its turn: what was typed, or why it was skipped, or why nothing can follow."""

    step: Step
    played: tuple[Played, ...]
    reason: str = ""
    skipped: bool = False
    seconds: float = 0.0


class Verifier:
    """Runs examples side by side, each in a new lab, and can be stopped at any time."""

    def __init__(self, bench: Bench, progress: Progress) -> None:
        self._bench = bench
        self._progress = progress
        self._labs: set[Lab] = set()
        self._ending = False

    def run(self, examples: Sequence[Example], jobs: int) -> Iterator[report.Example]:
        """Yield what came of each example, as they end; `jobs` of them run at once.

        Raises MachineError if a lab cannot do its work. When interrupted, ends every lab.
        """
        return self.side_by_side(self._example, examples, jobs)

    def side_by_side(
        self, work: Callable[[Task], Done], tasks: Iterable[Task], jobs: int
    ) -> Iterator[Done]:
        """Yield what came of work that uses labs of this verifier; as `run` does."""
        with ThreadPoolExecutor(jobs) as pool:
            try:
                runs = [pool.submit(work, task) for task in tasks]
                for run in as_completed(runs):
                    yield run.result()
            except BaseException:
                self._ending = True
                pool.shutdown(wait=False, cancel_futures=True)
                for lab in list(self._labs):
                    lab.stop()
                raise

    def _example(self, example: Example) -> report.Example:
        """Run an example, and once more in a new lab if a download or the lab went wrong.

        A page that is wrong is so the second time as well.
        """
        result = self._once(example)
        again = any(map(_broken, result.steps)) or _downloads_failed(example, result)
        return self._once(example) if again else result

    def _once(self, example: Example) -> report.Example:
        self._progress(example, "a new engine")
        started = datetime.now(UTC)
        began = time.monotonic()
        with self.lab(example) as lab:
            steps = tuple(self._steps(example, lab))
            images = () if any(map(_broken, steps)) else tuple(self._images(lab))
        return report.Example(
            slug=example.slug,
            digest=example.digest,
            basis=self._bench.basis,
            verdict=_verdict(steps),
            started=started,
            seconds=time.monotonic() - began,
            images=images,
            steps=steps,
        )

    def _images(self, lab: Lab) -> Iterator[report.Image]:
        for image in self._bench.pulled(lab):
            stand_in = self._bench.source == "standin"
            yield report.Image(name=image.name, digest=image.digest, stand_in=stand_in)

    def _steps(self, example: Example, lab: Lab) -> Iterator[report.Step]:
        for turn in self.play(example, lab):
            if turn.skipped:
                verdict: Verdict = "not run"
            else:
                verdict = "passed" if not turn.reason and _passed(turn.played) else "failed"
            yield report.Step(
                name=turn.step.name,
                verdict=verdict,
                reason=turn.reason,
                seconds=turn.seconds,
                commands=tuple(_command(one, self._bench.engine.held) for one in turn.played),
            )

    def play(self, example: Example, lab: Lab, recording: bool = False) -> Iterator[Turn]:
        """Type the steps of an example in order; after one that does not come back, none is.

        Raises MachineError if the lab's shell does not start.
        """
        with session_in(lab, example, recording) as session:
            lost = ""
            for n, step in enumerate(example.transcript.steps, 1):
                self._progress(example, f"{step.name} ({n}/{len(example.transcript.steps)})")
                options = example.options.steps[step.name]
                if reason := lost or self._unanswerable(options):
                    yield Turn(step, (), reason, skipped=True)
                    continue
                turn = type_step(session, step, options, lab.pace)
                if reason := _excuse(turn, options, lab):
                    turn = Turn(step, (), reason, skipped=True)
                lost = turn.reason
                yield turn

    def notices(self, example: Example) -> bool:
        """Say whether a new engine notices that something in an example is not so."""
        with self.lab(example) as lab:
            runs = (turn for turn in self.play(example, lab) if not turn.skipped)
            return any(turn.reason or not _passed(turn.played) for turn in runs)

    @contextmanager
    def lab(self, example: Example) -> Iterator[Lab]:
        """Open a lab for an example; it ends when the verifier is stopped."""
        lab = self._bench.open_lab(example.options.lab.store)
        self._labs.add(lab)  # before it starts, so that it can be stopped while it does
        try:
            if self._ending:
                lab.stop()
            with lab:
                yield lab
        finally:
            self._labs.discard(lab)

    def _unanswerable(self, options: StepOptions) -> str:
        if options.needs == "hub" and self._bench.source != "hub":
            return NO_HUB
        if options.needs == "limits" and not cgroups.can_limit():
            return "here labs have no cgroups to limit and count what containers use"
        return ""


@contextmanager
def session_in(lab: Lab, example: Example, recording: bool = False) -> Iterator[Session]:
    """Open a reader's shell in a lab, in the folder of an example, with its files there.

    Raises MachineError if the shell does not start.
    """
    user = example.options.lab.user
    lab.put(example.folder, example.files, user)
    with Terminal(lab.shell(example.slug, user)) as terminal:
        _wait_for_shell(terminal, lab.patience)
        yield Session(terminal, example.transcript, recording)


def _wait_for_shell(terminal: Terminal, patience: float) -> None:
    try:
        terminal.wait(terminal.at_shell_prompt, time.monotonic() + patience)
    except (TimedOut, Closed):
        remedy = "see whether the machine is overloaded, then type it again"
        raise MachineError("the lab's shell did not start", remedy) from None


def type_step(session: Session, step: Step, options: StepOptions, pace: float) -> Turn:
    """Type a step, and again until it matches if it may.

    `pace` is how many times its seconds it may take. Where nothing is recorded yet, nothing can
    match: it is repeated until it ends as expected.
    """
    settled = _is_recordable if session.recording else _passed
    began = time.monotonic()
    deadline = began + options.timeout * pace
    before = session.bindings
    played, lost = _attempt(session, step, deadline)
    while options.eventually and not lost and not settled(played):
        if time.monotonic() + PAUSE > deadline:
            break
        time.sleep(PAUSE)  # the pace of asking again; the condition is in the loop
        session.bindings = before
        played, lost = _attempt(session, step, deadline)
    return Turn(step, tuple(played), lost, seconds=time.monotonic() - began)


def _excuse(turn: Turn, options: StepOptions, lab: Lab) -> str:
    """Return why a step that went wrong says nothing about the page, '' if it does."""
    if not turn.reason and _passed(turn.played):
        return ""
    if trouble := lab.trouble():
        return f"{BROKEN}: {trouble}"
    lacks = options.needs == "internet" and not lab.reaches_internet()
    return "the internet, which it needs, does not answer" if lacks else ""


def _verdict(steps: Sequence[report.Step]) -> Verdict:
    """Return the verdict on an example; what a broken lab did not show is not said to hold."""
    verdicts = {step.verdict for step in steps}
    if "failed" in verdicts:
        return "failed"
    return "not run" if verdicts == {"not run"} or any(map(_broken, steps)) else "passed"


def _broken(step: report.Step) -> bool:
    """Say whether it was the lab that kept a step from its end."""
    return step.reason.startswith(BROKEN)


def _downloads_failed(example: Example, result: report.Example) -> bool:
    """Say whether a step that downloads from the internet is the first that went wrong."""
    failed = (step.name for step in result.steps if step.verdict == "failed")
    first = next(failed, None)
    return first is not None and example.options.steps[first].needs == "internet"


def _passed(played: Sequence[Played]) -> bool:
    return all(one.passed for one in played)


def _is_recordable(played: Sequence[Played]) -> bool:
    """Say whether every command matches, or has no output yet and ended as expected."""
    return all(one.passed or not (one.exchange.output or one.judgement.problems) for one in played)


def _attempt(session: Session, step: Step, deadline: float) -> tuple[list[Played], str]:
    """Type a step once; return what came of it, and why nothing can be typed after it, if so."""
    played: list[Played] = []
    try:
        played.extend(session.play(step, deadline))
    except Closed:
        return played, f"the shell ended in step «{step.name}»"
    if not played[-1].ready:
        return played, f"after step «{step.name}» the next command cannot be typed"
    return played, ""


def _command(played: Played, recorded: bool) -> report.Command:
    return report.Command(
        line=played.exchange.line,
        prompt=played.judgement.comparison.bindings.to_seen(played.exchange.prompt),
        command=played.exchange.typed,
        typed=played.typed,
        status=played.answer.status,
        output=played.answer.lines,
        shown=played.judgement.comparison.shown,
        next_prompt=played.answer.prompt,
        seconds=played.seconds,
        problems=tuple(problems(played)),
        recording=played.recording if recorded else (),
    )


def problems(played: Played) -> Iterator[str]:
    """Say what is wrong with one command: one text a problem, the diff below the first line."""
    yield from played.judgement.problems
    comparison = played.judgement.comparison
    if not comparison.matches:
        what = "the screen does not show what the transcript says (- transcript, + screen)"
        yield "\n".join([what, *_enough(diff(comparison))])
    elif played.answer.prompt is None:
        yield "\n".join(["the screen so far:", *_enough(played.answer.lines)])


def _enough(rows: Sequence[str]) -> list[str]:
    """Return rows as somebody reads them: without the middle of many, and the end of a long one."""
    read = [*rows[:ENOUGH], *rows[ENOUGH:][-ENOUGH:]]
    cut = [row if len(row) <= WIDE else f"{row[:WIDE]} (and more)" for row in read]
    left_out = len(rows) - len(read)
    return [*cut[:ENOUGH], f"     | ({left_out:,} more lines)", *cut[ENOUGH:]] if left_out else cut


def explain(example: Example, result: report.Example) -> Iterator[str]:
    """Yield the messages for an example that failed: `file:line`, step, command, what, diff."""
    steps = {step.name: step for step in example.transcript.steps}
    for step in result.steps:
        place = steps[step.name]
        if _broken(step):
            yield f"{shown(place.path)}:{place.line}: step «{step.name}» was not run: {step.reason}"
        if step.verdict == "failed" and not any(c.problems for c in step.commands):
            yield f"{shown(place.path)}:{place.line}: {step.reason}"
        for command in step.commands:
            for problem in command.problems:
                what, _, rest = problem.partition("\n")
                head = f"{shown(place.path)}:{command.line}: step «{step.name}»: {what}"
                yield "\n".join(
                    [head, f"     |   {command.prompt}{command.command}", *rest.splitlines()]
                )
