"""Examples typed in front of a real Docker Engine, and the site that shows them."""

from __future__ import annotations

import os
import platform
import signal
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Literal, NoReturn

import typer

from scripts import (
    desk,
    example,
    explore,
    first,
    graph,
    practice,
    record,
    report,
    verify,
)
from scripts.check import parity, project
from scripts.errors import BadInput, MachineError, Problem, shown
from scripts.example import Example
from scripts.lab import bench as benches
from scripts.lab import host, way
from scripts.lab.bench import Bench
from scripts.lab.engine import DEFAULT_ENGINE, ENGINES, TAB
from scripts.mutation import trial as mutation
from scripts.mutation.trial import Outcome, Recording, Trial
from scripts.progress import Progress
from scripts.run import Run
from scripts.site import build, offline, sources
from scripts.tab import bench as tab_bench
from scripts.tab import machine, pieces
from scripts.tab.bench import TabBench
from scripts.terminal import Terminal

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help=__doc__, pretty_exceptions_enable=False
)

SITE = Path("site")

Slugs = Annotated[list[str] | None, typer.Argument(help="The examples to run; all, if none.")]
ExamplesFolder = Annotated[Path, typer.Option("--examples", help="A folder of examples.")]
EngineName = Annotated[str, typer.Option("--engine", help=f"One of {', '.join(ENGINES)}.")]
Engines = Annotated[
    list[str], typer.Option("--engine", help="As often as there are engines to verify on.")
]
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
Address = Annotated[
    str, typer.Option("--address", envvar="SITE_URL", help="Where the site will be served.")
]
ReportFile = Annotated[Path | None, typer.Option("--report", help="The report: what was verified.")]


def bench(
    engine: str,
    source: Literal["auto", "hub", "standin"],
    lab: Literal["auto", "root", "user", "container"] = "auto",
    *folders: Path,
) -> Bench:
    """Return what labs are made of, if there is such an engine."""
    if engine not in ENGINES:
        raise typer.BadParameter(f"no engine {engine}; choose from: {', '.join(ENGINES)}")
    if engine == TAB:
        return TabBench(engine, "standin", None, folders)
    return Bench(engine, source, None if lab == "auto" else lab, folders)


@app.command("verify")
def verify_command(
    slugs: Slugs = None,
    examples: ExamplesFolder = example.FOLDER,
    engines: Engines = [DEFAULT_ENGINE],  # noqa: B006 - typer wants a list, and copies it
    source: ImageSource = "auto",
    lab: LabWay = "auto",
    jobs: Jobs = None,
    save: ReportFile = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report, too.")] = False,
    run_all: Annotated[bool, typer.Option("--all", help="Run also what has not changed.")] = False,
    tab: Annotated[bool, typer.Option("--tab", help="In a browser; a dozen, if none.")] = False,
) -> None:
    """Type every command of the examples in front of a new engine, and compare.

    What has not changed since it was verified keeps its verdict.
    """
    if tab:
        engines, slugs = [TAB], slugs or list(tab_bench.EXAMPLES)
    if save and len(engines) > 1:
        raise typer.BadParameter("--report takes the report of one engine")
    chosen = example.load_all(examples, slugs or ())
    codes = []
    for engine in engines:
        path = save or report.path(engine, DEFAULT_ENGINE)
        ready = bench(engine, source, lab, examples, path.parent)
        run = Run(ready, examples, [one.on(engine) for one in chosen], path, run_all)
        done = _verified(run, jobs, as_json)
        print(done.model_dump_json(indent=1) if as_json else run.summary(done))
        codes.append(run.exit_code(done))
    raise typer.Exit(next((code for code in (1, 3) if code in codes), 0))


def _verified(run: Run, jobs: int | None, quiet: bool) -> report.Report:
    """Run what has to be run, and put what came of it into the report, also when interrupted."""
    if run.last and not run.todo:
        return run.last
    run.begin()
    results: list[report.Example] = []
    try:
        results.extend(_run(run.todo, run.bench, jobs, quiet))
    finally:
        done = run.keep(results)
    return done


def _run(
    chosen: Sequence[Example], ready: Bench, jobs: int | None, quiet: bool
) -> Iterator[report.Example]:
    by_slug = {one.slug: one for one in chosen}
    held = ready.engine.held
    wrong: list[str] = []
    try:
        with Progress(chosen) as progress:
            verifier = verify.Verifier(ready, progress.doing)
            for result in verifier.run(chosen, jobs or benches.jobs()):
                progress.done(result)
                if not quiet:
                    print(result.line(held), flush=True)
                wrong += verify.explain(by_slug[result.slug], result) if held else ()
                yield result
    finally:
        # Last, where whoever comes back to a long run looks first.
        for message in wrong:
            print(message, file=sys.stderr if quiet else sys.stdout, flush=True)


@app.command("explore")
def explore_command(
    slugs: Slugs = None,
    examples: ExamplesFolder = example.FOLDER,
    source: ImageSource = "auto",
    lab: LabWay = "auto",
    jobs: Jobs = None,
) -> None:
    """Record what an engine answers at every turn of the practices that have changed."""
    ready = bench(DEFAULT_ENGINE, source, lab, examples, graph.FOLDER)
    exercises = practice.load_all(example.load_all(examples, slugs or ()))
    basis = explore.basis(ready)
    known = {one.example.slug: graph.load(graph.FOLDER, one, basis) for one in exercises}
    changed = [one for one in exercises if not known[one.example.slug]]
    changed.sort(key=practice.size, reverse=True)  # what takes longest begins first
    if changed:
        ready.prepare()
    verifier = verify.Verifier(ready, lambda *_: None)
    problems: list[Problem] = []
    room = jobs or benches.jobs(4, explore.MEMORY)
    for found in explore.explore(verifier, ready, changed, room):
        if isinstance(found, BadInput):
            problems += found.problems
            continue
        found.save(graph.FOLDER / f"{found.slug}.json")
        known[found.slug] = found
        host.say(found.summary())
    if problems:
        raise BadInput(problems)
    print(graph.summary([one for one in known.values() if one], len(exercises) - len(changed)))


@app.command("mutate")
def mutate_command(
    slugs: Slugs = None,
    examples: ExamplesFolder = example.FOLDER,
    engine: EngineName = DEFAULT_ENGINE,
    source: ImageSource = "auto",
    lab: LabWay = "auto",
    jobs: Jobs = None,
    save: ReportFile = None,
    commands: Annotated[
        str, typer.Option(help="How many damaged commands to type: a number, or all.")
    ] = "12",
) -> None:
    """Damage what the examples promise, in every way we know; all of it must be noticed.

    Damaged output is held against the last verification, damaged commands are typed.
    """
    if not commands.isdigit() and commands != "all":
        raise typer.BadParameter("--commands takes a number, or all")
    path = save or report.path(engine, DEFAULT_ENGINE)
    chosen = [one.on(engine) for one in example.load_all(examples, slugs or ())]
    ready = bench(engine, source, lab, examples, path.parent)
    recordings = list(_recordings(chosen, ready, jobs, path))
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
    slugs: Slugs = None,
    examples: ExamplesFolder = example.FOLDER,
    engine: EngineName = DEFAULT_ENGINE,
    source: ImageSource = "auto",
    lab: LabWay = "auto",
    fresh: Annotated[
        bool, typer.Option(help="Write also ids, times and sizes anew, of all examples if none.")
    ] = False,
) -> None:
    """Type the commands of examples, and write what appears into their transcripts.

    What another engine than the usual one shows is written into a file of its own, beside them.
    """
    if not (slugs or fresh):
        raise typer.BadParameter("name the examples to record, or type --fresh for all")
    ready = bench(engine, source, lab, examples)
    stopped = False
    for one in example.load_all(examples, slugs or ()):
        ready.prepare()
        stopped |= _record(one, ready, fresh)
    raise typer.Exit(stopped)


def _record(chosen: Example, ready: Bench, fresh: bool) -> bool:
    """Record an example, and say what was written; return whether a command did not come back."""
    there = chosen.on(ready.engine.name)
    with ready.open_lab(there.options.lab.store) as new, Progress([there]) as progress:
        verifier = verify.Verifier(ready, progress.doing)
        runs = list(verifier.play(there, new, recording=not fresh))
    played = [one for run in runs for one in run.played]
    path = example.transcript_file(chosen, ready.engine.name, DEFAULT_ENGINE)
    changed = record.write(chosen, there.transcript, played, path, fresh)
    number = report.count(len(played), "command")
    print(f"{shown(path)}: {number} typed; what appeared was written below {changed or 'none'}")
    stopped = next(
        (run.played[-1] for run in runs if run.played and not run.played[-1].ready), None
    )
    if stopped:
        print(f"{shown(path)}:{stopped.exchange.line}: nothing was typed after this command:")
        print("\n".join([*verify.problems(stopped), "the screen:", *stopped.answer.lines]))
    return stopped is not None


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


@app.command("practise")
def practise_command(
    slug: Annotated[
        str, typer.Argument(help="A practice; without one, the first that is not done.")
    ] = "",
    language: Annotated[
        Literal["fr", "en"], typer.Option(help="Of what is said.", show_default="the machine’s")
    ] = "fr" if os.environ.get("LANG", "").startswith("fr") else "en",
    reset: Annotated[bool, typer.Option("--reset", help="Forget what was done before.")] = False,
    examples: ExamplesFolder = example.FOLDER,
    source: ImageSource = "auto",
    lab: LabWay = "auto",
) -> None:
    """Practise in front of a new Docker Engine, which says what you have reached."""
    ready = bench(DEFAULT_ENGINE, source, lab, examples)
    progress = desk.Progress(host.cache() / "practised.json")
    if reset:
        progress.forget()
    done = set() if slug else progress.done
    found = desk.to_practise(example.load_all(examples), sources.DOCS)
    left = [one for one in found if slug in ("", one.slug) and one.slug not in done]
    if slug and not left:
        names = ", ".join(one.slug for one in found)
        raise typer.BadParameter(f"no practice «{slug}»; choose from: {names}")
    ready.prepare()
    desk.practise_all(verify.Verifier(ready, lambda *_: None), left, language, progress)


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
        bool,
        typer.Option(
            "--list",
            help="Print every command and what ran it, and what PowerShell would not do.",
        ),
    ] = False,
) -> None:
    """Check all that needs no engine: coverage, languages, prose, links, dependencies."""
    found = project.check(project.load(Path()), frozen)
    for command in found.coverage.commands if listed else ():
        print(f"{command.path}:{command.line}: {command.state}: {command.command}", end="")
        print(f"  ({command.witness})" if command.witness else "")
    for line in found.strange if listed else ():
        print(line)
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
def site_command(address: Address = build.LOCAL) -> None:
    """Build both languages into site/, with what the last verification found."""
    build.build(SITE, address)
    _say_what_was_verified(address)


@app.command("offline")
def offline_command(address: Address = build.LOCAL) -> None:
    """Do the same, and offer on the site what readers can take along: all of it, cheat sheets."""
    made = offline.make(SITE, address)
    _say_what_was_verified(address)
    for path in made:
        print(f"{path}: {path.stat().st_size / 1024:.0f} KiB")


def _say_what_was_verified(address: str) -> None:
    found = sources.sources()
    print(f"site/: {found.verified()}; serve it with any static server, for {address}")
    if not found.machine:
        host.say("without the engine that runs in a browser tab, as its page says; type make tab")
    if missing := found.unverified():
        steps = report.count(len(missing), "step")
        host.say(
            f"{steps} shown as not verified, as the pages say; type make verify: {missing[0]} …"
        )


@app.command("tab")
def tab_command(examples: ExamplesFolder = example.FOLDER) -> None:
    """Make the engine that runs in a reader's browser tab; the site is built with it from then on.

    It takes some twenty minutes the first time, half of them for a kernel.
    """
    known = machine.load(machine.FOLDER)
    if known and known.name == pieces.name(examples):
        print(f"{machine.FOLDER}/: nothing has changed")
        return
    made = pieces.place(pieces.pieces(examples), machine.FOLDER)
    print(f"{machine.FOLDER}/: {made}")


@app.command("serve")
def serve_command(
    port: Annotated[int, typer.Option(help="The port on this machine.")] = 8000,
) -> None:
    """Serve both languages on this machine, and follow every change."""
    build.serve(port)


def main() -> NoReturn:
    """Run a command: exit 1 for a wrong page, 2 for bad input, 3 for a machine that cannot."""
    first.write_in_utf_8()
    first.step_aside()
    for number in _ENDING:
        signal.signal(number, _end)
    try:
        app()
    except (BadInput, build.BuildFailed, MachineError) as error:
        host.say(str(error))
        sys.exit(_CODES[type(error)])
    finally:
        host.give_back(way.ROOT)
    sys.exit(0)


def _end(number: int, _: object) -> NoReturn:
    """End, and let nobody who asks for it once more break off what is being given back."""
    for each in _ENDING:
        signal.signal(each, lambda *_: None)
    sys.exit(128 + number)


_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_CODES = {build.BuildFailed: 1, BadInput: 2, MachineError: 3}


if __name__ == "__main__":
    main()
