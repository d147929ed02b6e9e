"""Examples typed in front of a real Docker Engine, and the site that shows them."""

from __future__ import annotations

import platform
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal, NoReturn

import typer

from scripts import example, record, report, verify
from scripts.check import parity, project
from scripts.errors import BadInput, MachineError, shown
from scripts.example import Example
from scripts.lab import bench as benches
from scripts.lab import host, way
from scripts.lab.bench import Bench
from scripts.lab.system import DEFAULT_ENGINE, ENGINES
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
LabWay = Annotated[
    Literal["auto", "root", "user", "container"],
    typer.Option("--lab", help="How to open labs (see doctor); the first way that works."),
]
Jobs = Annotated[
    int | None, typer.Option(min=1, help="How many examples to run at once; as many as fit.")
]
ReportFile = Annotated[Path, typer.Option("--report", help="The report: what was verified.")]


def bench(
    engine: str,
    source: Literal["auto", "hub", "standin"],
    lab: Literal["auto", "root", "user", "container"] = "auto",
    *folders: Path,
) -> Bench:
    """Return what labs are made of, if there is such an engine."""
    if engine not in ENGINES:
        raise typer.BadParameter(f"no engine {engine}; choose from: {', '.join(ENGINES)}")
    return Bench(engine, source, None if lab == "auto" else lab, folders)


@app.command("verify")
def verify_command(
    slugs: Slugs = None,
    examples: ExamplesFolder = EXAMPLES,
    engine: EngineName = DEFAULT_ENGINE,
    source: ImageSource = "auto",
    lab: LabWay = "auto",
    jobs: Jobs = None,
    save: ReportFile = report.PATH,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report, too.")] = False,
    run_all: Annotated[bool, typer.Option("--all", help="Run also what has not changed.")] = False,
) -> None:
    """Type every command of the examples in front of a new engine, and compare.

    What has not changed since it was verified keeps its verdict.
    """
    chosen = example.load_all(examples, slugs or ())
    ready = bench(engine, source, lab, examples, save.parent)
    last = report.load(save)
    if last and (last.engine, last.images) != (engine, ready.source):
        last = None
    known = {} if run_all else verify.known(last, chosen, ready)
    todo = [one for one in verify.longest_first(chosen, last) if one.slug not in known]
    done = _verified(todo, ready, jobs, last, examples, save, as_json) if todo else last
    assert done is not None
    took = f", {done.seconds:.1f} s" if todo else ""
    summary = done.summary((one.slug for one in chosen), len(known)) + took
    print(done.model_dump_json(indent=1) if as_json else summary)
    raise typer.Exit(verify.exit_code(done, {one.slug for one in chosen}))


def _verified(
    todo: Sequence[Example],
    ready: Bench,
    jobs: int | None,
    last: report.Report | None,
    examples: Path,
    save: Path,
    quiet: bool,
) -> report.Report:
    """Run examples, and put what came of them into the report, also when interrupted."""
    ready.prepare()
    started, began = datetime.now(UTC), time.monotonic()
    with ready.open_lab() as lab:
        version = verify.engine_version(lab)
    others = last.examples if last and last.version == version else ()
    kept = {one.slug: one for one in others if (examples / one.slug).is_dir()}
    results: dict[str, report.Example] = {}
    try:
        results.update((result.slug, result) for result in _run(todo, ready, jobs, quiet))
    finally:
        done = report.Report(
            engine=ready.engine,
            version=version,
            images=ready.source,
            started=started,
            seconds=time.monotonic() - began,
            examples=tuple(sorted((kept | results).values(), key=lambda one: one.slug)),
        )
        if results:
            done.save(save)
    return done


def _run(
    chosen: Sequence[Example], ready: Bench, jobs: int | None, quiet: bool
) -> Iterator[report.Example]:
    by_slug = {one.slug: one for one in chosen}
    with Progress(chosen) as progress:
        verifier = verify.Verifier(ready, progress.doing)
        for result in verifier.run(chosen, jobs or benches.jobs()):
            progress.done(result)
            if not quiet:
                print(result, flush=True)
            for message in verify.explain(by_slug[result.slug], result):
                print(message, file=sys.stderr if quiet else sys.stdout, flush=True)
            yield result


@app.command("mutate")
def mutate_command(
    slugs: Slugs = None,
    examples: ExamplesFolder = EXAMPLES,
    engine: EngineName = DEFAULT_ENGINE,
    source: ImageSource = "auto",
    lab: LabWay = "auto",
    jobs: Jobs = None,
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
    ready = bench(engine, source, lab, examples, save.parent)
    recordings = list(_recordings(chosen, ready, jobs, save))
    faults = [fault for recording in recordings for fault in recording.faults()]
    outcomes = mutation.damage_output(recordings, jobs or benches.jobs())
    trials = mutation.damage_commands(recordings)
    if size := len(trials) if commands == "all" else int(commands):
        outcomes += _typed(mutation.sample(trials, size), ready, jobs)
    print("\n".join([*map(str, faults), *mutation.summary(outcomes)]))
    if faults or any(outcome.unexplained for outcome in outcomes):
        raise typer.Exit(1)


def _recordings(
    chosen: Sequence[Example], ready: Bench, jobs: int | None, save: Path
) -> Iterator[Recording]:
    """Take the last verification of each example, or verify it now if it has changed since."""
    last = report.load(save)
    known = {one.slug: last.result(one.slug, one.digest) for one in chosen} if last else {}
    passed = {slug: one for slug, one in known.items() if one and one.verdict == "passed"}
    if missing := [one for one in chosen if one.slug not in passed]:
        ready.prepare()
        results = list(_run(missing, ready, jobs, quiet=True))
        if any(result.verdict == "failed" for result in results):
            raise typer.Exit(1)
        passed |= {result.slug: result for result in results}
    return (Recording(one, passed[one.slug]) for one in chosen)


def _typed(trials: Sequence[Trial], ready: Bench, jobs: int | None) -> Iterator[Outcome]:
    ready.prepare()
    verifier = verify.Verifier(ready, lambda *_: None)
    for outcome in verifier.side_by_side(
        lambda trial: trial.run(verifier), trials, jobs or benches.jobs()
    ):
        host.say(f"{'killed' if outcome.killed else 'survived':8} {outcome}")
        yield outcome


@app.command("record")
def record_command(
    slug: Annotated[str, typer.Argument(help="The example to record.")],
    examples: ExamplesFolder = EXAMPLES,
    engine: EngineName = DEFAULT_ENGINE,
    source: ImageSource = "auto",
    lab: LabWay = "auto",
) -> None:
    """Type the commands of an example, and write what appears into its transcript."""
    (chosen,) = example.load_all(examples, [slug])
    ready = bench(engine, source, lab, examples)
    ready.prepare()
    with ready.open_lab(chosen.options.lab.store) as new, Progress([chosen]) as progress:
        verifier = verify.Verifier(ready, progress.doing)
        runs = list(verifier.play(chosen, new, recording=True))
    played = [one for run in runs for one in run.played]
    path = chosen.transcript.path
    changed = record.write(chosen.transcript, played)
    number = report.count(len(played), "command")
    print(f"{shown(path)}: {number} typed; what appeared was written below {changed or 'none'}")
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
    lab: LabWay = "auto",
) -> None:
    """Open a shell in front of a new Docker Engine, as a reader has; `exit` ends both."""
    ready = bench(engine, source, lab)
    ready.prepare()
    with ready.open_lab() as new, Terminal(new.shell()) as terminal:
        host.say(f"A new Docker Engine ({engine}) on {platform.node()}; `exit` leaves and ends it.")
        terminal.interact()


@app.command("doctor")
def doctor_command() -> None:
    """Say which ways to a lab this machine has, and what is in the way of the others."""
    print(way.table())
    way.choose()


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
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    try:
        app()
    except (BadInput, build.BuildFailed, MachineError) as error:
        host.say(str(error))
        sys.exit(_CODES[type(error)])
    finally:
        host.give_back(way.ROOT)
    sys.exit(0)


_CODES = {build.BuildFailed: 1, BadInput: 2, MachineError: 3}


if __name__ == "__main__":
    main()
