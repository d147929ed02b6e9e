"""Examples typed in front of a real Docker Engine, and the site that shows them."""

from __future__ import annotations

import platform
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal, NoReturn

import typer

from scripts import example, record, report, transcript, verify
from scripts.check import parity, project
from scripts.errors import BadInput, MachineError, shown
from scripts.example import Example
from scripts.lab import host, images
from scripts.lab.lab import Lab
from scripts.lab.system import DEFAULT_ENGINE, ENGINES, system
from scripts.mutation import trial as mutation
from scripts.mutation.trial import Outcome, Recording, Trial
from scripts.progress import Progress
from scripts.site import build
from scripts.terminal import Terminal

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help=__doc__, pretty_exceptions_enable=False
)

EXAMPLES = Path("examples")

Slugs = Annotated[list[str] | None, typer.Argument(help="The examples to run; all, if none.")]
ExamplesFolder = Annotated[Path, typer.Option("--examples", help="A folder of examples.")]
EngineName = Annotated[str, typer.Option("--engine", help=f"One of {', '.join(ENGINES)}.")]
ImageSource = Annotated[
    Literal["auto", "hub", "standin"],
    typer.Option("--images", help="Docker Hub, stand-ins, or the Hub if it answers."),
]
Jobs = Annotated[int, typer.Option(min=1, help="How many examples to run at once.")]
ReportFile = Annotated[Path, typer.Option("--report", help="The report: what was verified.")]


@dataclass(frozen=True)
class Bench:
    """What labs are made of in one run."""

    engine: str
    source: images.Source
    open_lab: verify.OpenLab


def bench(engine: str, wanted: str) -> Bench:
    """Set up all that labs need, once a machine. Raises BadInput or MachineError."""
    if engine not in ENGINES:
        raise typer.BadParameter(f"no engine {engine}; choose from: {', '.join(ENGINES)}")
    host.prepare()
    folder = system(ENGINES[engine])
    source: images.Source = images.source() if wanted == "auto" else wanted  # type: ignore[assignment]
    found = images.images(source, folder)
    return Bench(engine, source, lambda store: Lab(folder, found, store))


@app.command("verify")
def verify_command(
    slugs: Slugs = None,
    examples: ExamplesFolder = EXAMPLES,
    engine: EngineName = DEFAULT_ENGINE,
    source: ImageSource = "auto",
    jobs: Jobs = 2,
    save: ReportFile = report.PATH,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report, too.")] = False,
    run_all: Annotated[bool, typer.Option("--all", help="Run also what has not changed.")] = False,
) -> None:
    """Type every command of the examples in front of a new engine, and compare."""
    del run_all  # verdicts are not reused yet, so that everything is run anyway
    chosen = example.load_all(examples, slugs or ())
    ready = bench(engine, source)
    started, began = datetime.now(UTC), time.monotonic()
    with ready.open_lab("docker") as lab:
        version = verify.engine_version(lab)
    results = _run(chosen, ready, jobs, quiet=as_json)
    done = report.Report(
        engine=engine,
        version=version,
        images=ready.source,
        started=started,
        seconds=time.monotonic() - began,
        examples=tuple(sorted(results, key=lambda result: result.slug)),
    )
    done.save(save)
    print(done.model_dump_json(indent=1) if as_json else _summary(done))
    if any(result.verdict == "failed" for result in results):
        raise typer.Exit(1)


def _run(chosen: Sequence[Example], ready: Bench, jobs: int, quiet: bool) -> list[report.Example]:
    by_slug = {one.slug: one for one in chosen}
    results = []
    with Progress(chosen) as progress:
        verifier = verify.Verifier(ready.open_lab, ready.source, progress.doing)
        for result in verifier.run(chosen, jobs):
            progress.done(result)
            results.append(result)
            if not quiet:
                print(_row(result), flush=True)
            for message in verify.explain(by_slug[result.slug], result):
                print(message, file=sys.stderr if quiet else sys.stdout, flush=True)
    return results


def _row(result: report.Example) -> str:
    steps = f"{len(result.steps)} step{'s' if len(result.steps) > 1 else ''}"
    skipped = sum(step.verdict == "not run" for step in result.steps)
    note = f", {skipped} not run" if skipped else ""
    return f"{result.verdict:8} {result.slug:32} {steps + note:20} {result.seconds:6.1f} s"


def _summary(done: report.Report) -> str:
    verdicts = [step.verdict for result in done.examples for step in result.steps]
    sources = {"hub": "images of Docker Hub", "standin": "stand-in images"}
    return (
        f"{len(done.examples)} examples, {len(verdicts)} steps: "
        f"{verdicts.count('passed')} passed, {verdicts.count('failed')} failed, "
        f"{verdicts.count('not run')} not run; "
        f"Docker {done.version}, {sources[done.images]}, {done.seconds:.1f} s"
    )


@app.command("mutate")
def mutate_command(
    slugs: Slugs = None,
    examples: ExamplesFolder = EXAMPLES,
    engine: EngineName = DEFAULT_ENGINE,
    source: ImageSource = "auto",
    jobs: Jobs = 2,
    save: ReportFile = report.PATH,
    commands: Annotated[
        str, typer.Option(help="How many damaged commands to type: a number, or all.")
    ] = "12",
) -> None:
    """Damage what the examples promise, in every way we know; all of it must be noticed.

    Damaged output is held against the last verification, damaged commands are typed.
    """
    if not commands.isdigit() and commands != "all":
        raise typer.BadParameter("--commands takes a number, or all")
    chosen = example.load_all(examples, slugs or ())
    recordings = list(_recordings(chosen, engine, source, jobs, save))
    faults = [fault for recording in recordings for fault in recording.faults()]
    outcomes = mutation.damage_output(recordings, jobs)
    trials = mutation.damage_commands(recordings)
    if size := len(trials) if commands == "all" else int(commands):
        outcomes += _typed(mutation.sample(trials, size), bench(engine, source), jobs)
    print("\n".join([*map(str, faults), *mutation.summary(outcomes)]))
    if faults or any(outcome.unexplained for outcome in outcomes):
        raise typer.Exit(1)


def _recordings(
    chosen: Sequence[Example], engine: str, source: str, jobs: int, save: Path
) -> Iterator[Recording]:
    """Take the last verification of each example, or verify it now if it has changed since."""
    last = report.load(save)
    known = {(result.slug, result.digest): result for result in (last.examples if last else ())}
    passed = {
        one.slug: known[one.slug, one.digest]
        for one in chosen
        if (one.slug, one.digest) in known and known[one.slug, one.digest].verdict == "passed"
    }
    if missing := [one for one in chosen if one.slug not in passed]:
        results = _run(missing, bench(engine, source), jobs, quiet=True)
        if any(result.verdict == "failed" for result in results):
            raise typer.Exit(1)
        passed |= {result.slug: result for result in results}
    return (Recording(one, passed[one.slug]) for one in chosen)


def _typed(trials: Sequence[Trial], ready: Bench, jobs: int) -> Iterator[Outcome]:
    verifier = verify.Verifier(ready.open_lab, ready.source, lambda *_: None)
    for outcome in verifier.side_by_side(lambda trial: trial.run(verifier), trials, jobs):
        host.say(f"{'killed' if outcome.killed else 'survived':8} {outcome}")
        yield outcome


@app.command("record")
def record_command(
    slug: Annotated[str, typer.Argument(help="The example to record.")],
    examples: ExamplesFolder = EXAMPLES,
    engine: EngineName = DEFAULT_ENGINE,
    source: ImageSource = "auto",
) -> None:
    """Type the commands of an example, and write what appears into its transcript."""
    (chosen,) = example.load_all(examples, [slug])
    ready = bench(engine, source)
    store = chosen.options.lab.store
    with ready.open_lab(store) as lab, Progress([chosen]) as progress:
        verifier = verify.Verifier(ready.open_lab, ready.source, progress.doing)
        runs = list(verifier.play(chosen, lab, recording=True))
    played = [one for run in runs for one in run.played]
    new = record.updated(chosen.transcript, played)
    path = chosen.transcript.path
    if new.write() != chosen.transcript.write():
        transcript.parse(path, new.write())  # what is written can be read
        path.write_text(new.write(), encoding="utf-8")
    changed = sum(not one.passed for one in played)
    print(f"{shown(path)}: {len(played)} commands typed, {changed} did not match")
    stopped = next(
        (run.played[-1] for run in runs if run.played and not run.played[-1].ready), None
    )
    if stopped:
        print(f"{shown(path)}:{stopped.exchange.line}: nothing was typed after this command:")
        print("\n".join([*verify.problems(stopped), "the screen:", *stopped.answer.lines]))
        raise typer.Exit(1)


@app.command("lab")
def lab_command(
    engine: EngineName = DEFAULT_ENGINE,
    source: ImageSource = "auto",
) -> None:
    """Open a shell in front of a new Docker Engine, as a reader has; `exit` ends both."""
    ready = bench(engine, source)
    with ready.open_lab("docker") as lab, Terminal(lab.shell()) as terminal:
        host.say(f"A new Docker Engine ({engine}) on {platform.node()}; `exit` leaves and ends it.")
        terminal.interact()


@app.command("check")
def check_command(
    frozen: Annotated[
        bool,
        typer.Option(
            envvar="CI", help="Note nothing: sections changed in both languages are a fault, too."
        ),
    ] = False,
    listed: Annotated[
        bool, typer.Option("--list", help="Print every documented command, and what ran it.")
    ] = False,
) -> None:
    """Check all that needs no engine: coverage, both languages side by side, prose, links."""
    found = project.check(project.load(Path()), frozen)
    for command in found.coverage.commands if listed else ():
        print(f"{command.path}:{command.line}: {command.state}: {command.command}", end="")
        print(f"  ({command.witness})" if command.witness else "")
    for problem in sorted(found.problems, key=lambda problem: (problem.path, problem.line)):
        print(problem)
    print("\n".join(found.figures))
    if found.problems:
        raise typer.Exit(1)


@app.command("confirm")
def confirm_command(
    sections: Annotated[
        list[str], typer.Argument(help="Sections (concepts/ports#publish), or whole pages.")
    ],
) -> None:
    """Note that you read sections in both languages, and that they say the same."""
    read = project.load(Path())
    unknown = parity.confirm(sections, read.french, read.english, read.record)
    if unknown:
        raise typer.BadParameter(f"no such section in both languages: {', '.join(unknown)}")
    print(f"{read.record}: noted")


@app.command("site")
def site_command(
    address: Annotated[
        str, typer.Option("--address", envvar="SITE_URL", help="Where the site will be served.")
    ] = build.LOCAL,
) -> None:
    """Build both languages into site/, with what the last verification found."""
    build.build(Path("site"), address)
    print(f"site/: serve the folder with any static server, for {address}")


@app.command("serve")
def serve_command(
    port: Annotated[int, typer.Option(help="The port on this machine.")] = 8000,
) -> None:
    """Serve both languages on this machine, and follow every change."""
    build.serve(port)


def main() -> NoReturn:
    """Run a command: exit 1 for a wrong page, 2 for bad input, 3 for a machine that cannot."""
    signal.signal(signal.SIGINT, lambda *_: sys.exit(130))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        app()
    except BadInput as error:
        host.say(str(error))
        sys.exit(2)
    except build.BuildFailed as error:
        host.say(str(error))
        sys.exit(1)
    except MachineError as error:
        host.say(str(error))
        sys.exit(3)
    sys.exit(0)


if __name__ == "__main__":
    main()
