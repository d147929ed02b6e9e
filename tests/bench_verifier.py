"""What the verifier costs, beside a plain bash and its peers: python -m tests.bench_verifier."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from scripts import example
from scripts.example import Example
from scripts.lab.bench import Bench
from scripts.lab.engine import DEFAULT_ENGINE
from scripts.lab.lab import Lab
from scripts.lab.system import USER
from scripts.session import Session
from scripts.terminal import Terminal
from scripts.transcript import parse
from scripts.verify import Verifier
from tests.conftest import ROOT

ROUNDS = 3
COMMANDS = 200
EACH = 4  # every fourth example that a bash can be fed
PEERS = ROOT / "build/peers/bin"
SHELL = ("bash", "--noprofile", "--rcfile", str(ROOT / "scripts/lab/bashrc"), "-i")


def main() -> None:
    """Print three tables, a line as soon as its figure is known."""
    bench = Bench(DEFAULT_ENGINE, "standin")
    bench.prepare()
    print(f"{COMMANDS} commands that do nothing: ms a command, median of {ROUNDS}")
    with tempfile.TemporaryDirectory() as folder:
        for name, once in _peers(Path(folder)).items():
            _line(name, 1000 * _median(once) / COMMANDS)
    _compare_with_bash(bench)
    print("seconds, median")
    _line("a new lab, until its engine answers", _median(partial(_open, bench)))
    with tempfile.TemporaryDirectory() as folder:
        every = ["verify", "--all", "--report", f"{folder}/report.json"]
        _line("all examples, once", _seconds(partial(_command, every)))
    _line("nothing changed", _median(partial(_command, ["verify"])))
    _line("both languages of the site", _median(partial(_command, ["site"])))


def _line(what: str, value: float) -> None:
    print(f"  {what:48} {value:8.2f}", flush=True)


def _median(once: Callable[[], object]) -> float:
    return statistics.median(_seconds(once) for _ in range(ROUNDS))


def _seconds(once: Callable[[], object]) -> float:
    began = time.perf_counter()
    once()
    return time.perf_counter() - began


def _open(bench: Bench) -> None:
    with bench.open_lab():
        pass


def _command(words: Sequence[str]) -> None:
    _quietly([sys.executable, "-m", "scripts", *words])


def _peers(folder: Path) -> dict[str, Callable[[], object]]:
    """Return what runs the same commands in a shell of this machine, each in its own way."""
    typed = ["$ true\n"] * COMMANDS
    files = {
        "cram": ("cram.t", "".join(f"  {line}" for line in typed)),
        "byexample": ("byexample.md", "".join(f"```shell\n{line}```\n\n" for line in typed)),
        "tesh": ("tesh.md", f'```console tesh-session="x"\n{"".join(typed)}```\n'),
    }
    options = {"byexample": ["-l", "shell"]}
    found: dict[str, Callable[[], object]] = {
        "a plain bash": partial(_quietly, ["bash"], "true\n" * COMMANDS),
        "the verifier's session": _session,
    }
    for name, (file, text) in files.items():
        (folder / file).write_text(text)
        words = [str(PEERS / name), *options.get(name, []), str(folder / file)]
        found[name] = partial(_quietly, words)
    return found


def _quietly(words: Sequence[str], text: str = "") -> None:
    subprocess.run(words, input=text, text=True, check=True, capture_output=True)


def _session() -> None:
    transcript = parse(Path("session.console"), "# one\n" + "$ true\n" * COMMANDS)
    with Terminal(list(SHELL)) as terminal:
        terminal.wait(terminal.at_shell_prompt, time.monotonic() + 10)
        session = Session(terminal, transcript)
        assert all(one.passed for one in session.play(transcript.steps[0], time.monotonic() + 60))


def _compare_with_bash(bench: Bench) -> None:
    """Type some examples, and feed the same commands to a bash in a lab of the same kind."""
    fed = [one for one in example.load_all(ROOT / "examples") if _can_be_fed(one)]
    chosen = fed[::EACH]
    print(
        f"{len(chosen)} of {len(fed)} examples that a bash can be fed: seconds, median of {ROUNDS}"
    )
    bash = _median(partial(_feed_all, bench, chosen))
    _line("a new lab each, and a plain bash", bash)
    for jobs in (1, 2):
        took = _median(partial(_verify, bench, chosen, jobs))
        _line(f"a new lab each, and the verifier, {jobs} at once", took)
        _line("  for each second of bash", took / bash)


def _verify(bench: Bench, chosen: Sequence[Example], jobs: int) -> None:
    results = list(Verifier(bench, lambda *_: None).run(chosen, jobs))
    assert {one.verdict for one in results} == {"passed"}


def _can_be_fed(one: Example) -> bool:
    """Say whether nothing in an example waits, is interrupted, or is entered."""
    exchanges = list(one.transcript.exchanges)
    waits = any(options.eventually or options.needs for options in one.options.steps.values())
    plain = all(e.in_shell and not any(o.is_interrupt for o in e.output) for e in exchanges)
    return plain and not waits and one.options.lab.user == USER


def _feed_all(bench: Bench, chosen: Sequence[Example]) -> None:
    for one in chosen:
        with bench.open_lab(one.options.lab.store) as lab:
            lab.put(one.folder, one.files)
            _feed(lab, one)


def _feed(lab: Lab, one: Example) -> None:
    commands = "\n".join(exchange.typed for exchange in one.transcript.exchanges)
    home = f"/home/{USER}"
    as_reader = ("setpriv", f"--reuid={USER}", f"--regid={USER}", "--init-groups")
    shell = ("env", f"HOME={home}", "bash", "-c", f"cd {home}/{one.slug} && exec bash")
    words = lab.command(*as_reader, *shell)
    subprocess.run(words, input=commands, text=True, check=False, capture_output=True)


if __name__ == "__main__":
    main()
