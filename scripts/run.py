"""A run: the verification of some examples on one engine, and what need not be run again."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock

from scripts import report
from scripts.errors import MachineError, shown
from scripts.example import FOLDER, Example
from scripts.lab import host
from scripts.lab.bench import Bench
from scripts.verify import BROKEN, NO_HUB


class Run:
    """The verification of some examples on one engine: what is known, and what is to be run.

    `examples` is the folder they are in, `path` where the report is kept. Nothing is known where
    all is to be run again.
    """

    def __init__(
        self, bench: Bench, examples: Path, chosen: Sequence[Example], path: Path, anew: bool
    ) -> None:
        self.bench = bench
        self.path = path
        self.last = self._load()
        self._examples = examples
        self._chosen = [one.slug for one in chosen]
        self._known = {} if anew else known(self.last, chosen, bench)
        ordered = longest_first(chosen, self.last)
        self.todo = [one for one in ordered if one.slug not in self._known]

    def _load(self) -> report.Report | None:
        """Read the report, if it is of this engine and of images from there."""
        last = report.load(self.path)
        same = last and (last.engine, last.images) == (self.bench.engine.name, self.bench.source)
        return last if same else None

    def begin(self) -> None:
        """Make what labs are made of, and look at what the engine is.

        Raises MachineError, also where the report could not be written in the end.
        """
        with self._writable():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=self.path.parent).close()
        self.bench.prepare()
        self._started, self._began = datetime.now(UTC), time.monotonic()
        self._versions = self.bench.versions()

    @contextmanager
    def _writable(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            what = f"{shown(self.path)} cannot be written: {error.strerror}"
            raise MachineError(what, "name another file with --report, or make room") from None

    def keep(self, results: Sequence[report.Example]) -> report.Report:
        """Put what came of this run into the report, whatever another run has put there meanwhile.

        Returns the whole report. Raises MachineError if it cannot be written.
        """
        with self._writable(), FileLock(host.cache() / "reports.lock"):
            self.last = self._load()
            done = self._merged(results)
            if results:
                done.save(self.path)
        return done

    def _merged(self, results: Iterable[report.Example]) -> report.Report:
        """Return the report: what came of this run, and what was known before of the others."""
        same = self.last is not None and self.last.versions == self._versions
        others = self.last.examples if self.last and same else ()
        # Whoever verifies examples elsewhere does not want those of the project forgotten.
        folders = (self._examples, FOLDER)
        there = [one for one in others if any((path / one.slug).is_dir() for path in folders)]
        all_of_them = {one.slug: one for one in there}
        all_of_them |= {one.slug: one for one in results}
        return report.Report(
            engine=self.bench.engine.name,
            held=self.bench.engine.held,
            versions=self._versions,
            images=self.bench.source,
            started=self._started,
            seconds=time.monotonic() - self._began,
            examples=tuple(all_of_them[slug] for slug in sorted(all_of_them)),
        )

    def summary(self, done: report.Report) -> str:
        """Return the line that sums it up."""
        took = f", {done.seconds:.1f} s" if self.todo else ""
        return done.summary(self._chosen, len(self._known)) + took

    def exit_code(self, done: report.Report) -> int:
        """Return 1 if an example is wrong, 3 if a lab broke or none could be run, and 0 otherwise.

        On an engine that is only observed, what differs is no fault.
        """
        results = [result for result in done.examples if result.slug in self._chosen]
        verdicts = {result.verdict for result in results}
        reasons = {step.reason for result in results for step in result.steps}
        if "failed" in verdicts:
            return int(self.bench.engine.held)
        broke = any(reason.startswith(BROKEN) for reason in reasons)
        return 3 if broke or (verdicts == {"not run"} and not reasons <= {NO_HUB}) else 0


def known(
    last: report.Report | None, examples: Sequence[Example], bench: Bench
) -> dict[str, report.Example]:
    """Return the verdicts that need not be found again, as all that they rest on is as it was.

    What failed is tried again, and so is what this machine could not run the last time. Where
    an engine is only observed, nothing has failed.
    """
    found = [(one, last.result(one.slug, one.digest)) for one in examples] if last else []
    holding = {one.slug: result for one, result in found if result and _holds(result, one, bench)}
    images = ((image.name, image.digest) for r in holding.values() for image in r.images)
    outdated = bench.outdated(images)
    return {
        slug: result
        for slug, result in holding.items()
        if not outdated & {image.name for image in result.images}
    }


def _holds(result: report.Example, example: Example, bench: Bench) -> bool:
    needs = {step.name: example.options.steps[step.name].needs for step in result.steps}
    return result.basis == bench.basis and all(
        step.verdict == "passed"
        or (step.verdict == "failed" and not bench.engine.held)
        or (step.verdict == "not run" and needs[step.name] == "hub")
        for step in result.steps
    )


def longest_first(examples: Iterable[Example], last: report.Report | None) -> list[Example]:
    """Return examples in the order in which side by side they take the least time.

    How long one took the last time is the best guess, whatever has changed in it since.
    """
    took = {result.slug: result.seconds for result in (last.examples if last else ())}
    return sorted(examples, key=lambda one: -took.get(one.slug, float("inf")))
