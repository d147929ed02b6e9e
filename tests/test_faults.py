"""Faults: whatever breaks, nothing is left, nothing passes wrongly, and what broke is said."""

from __future__ import annotations

import http.server
import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from scripts import example, verify
from scripts.lab import cgroups, host, images
from scripts.lab.bench import Bench
from scripts.lab.engine import Store
from scripts.lab.lab import Lab
from tests.conftest import ROOT, Write, captions, serving, wait_for
from tests.runs import Run

pytestmark = pytest.mark.engine

GOOD = "# good\n$ echo hello\nhello\n"
WAITING = "# start\n$ docker run -d --name web -p 8080:80 nginx\n...\n$ sleep 600\n"

Start = Callable[..., Run]


@pytest.fixture
def start(stand_ins: Bench) -> Iterator[Start]:
    """Starts a verifier, which ends with the test."""
    runs: list[Run] = []

    def start(examples: Path, *words: str | Path, **more: object) -> Run:
        runs.append(Run(examples, *words, **more))  # type: ignore[arg-type]
        return runs[-1]

    yield start
    for run in runs:
        run.close()


def ends(run: Run, seconds: float = 120) -> int:
    """Return the exit code of a run that ends by itself, and that has left nothing."""
    code = run.verifier.wait(seconds)
    wait_for(run.leaves_nothing)
    return code


def test_nothing_is_left_after_kill_9(write: Write, start: Start) -> None:
    run = start(write(WAITING).parent)
    wait_for(lambda: "docker-proxy" in run.processes(), 60)
    assert run.machine() == run.before, "something changed while it ran"
    run.verifier.kill()
    run.verifier.wait()
    wait_for(run.leaves_nothing)
    wait_for(lambda: not cgroups_of(run))


def cgroups_of(run: Run) -> list[Path]:
    """Return the groups of a run that are left after the next one has swept."""
    cgroups.sweep()
    return list(cgroups.FOLDER.glob(f"**/{cgroups.PREFIX}-{run.verifier.pid}-*"))


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_killed_at_any_moment_of_its_start_it_leaves_nothing(
    write: Write, start: Start, number: signal.Signals
) -> None:
    examples = write(WAITING).parent
    for moment in sorted(random.uniform(0, 3) for _ in range(7)):
        run = start(examples)
        with pytest.raises(subprocess.TimeoutExpired):
            run.verifier.wait(moment)
        run.verifier.send_signal(number)
        # Before we listen, the signal ends Python; a shell says 128 + number either way. In its
        # first hundredths of a second, before any line of ours, Python itself gives up with 1.
        code, said = run.verifier.wait(10), run.said()
        own = [1] if "KeyboardInterrupt" in said and "/scripts/" not in said else []
        assert code in (-number, 128 + number, *own), f"after {moment} s: {said}"
        wait_for(run.leaves_nothing, 20)
        assert not run.report.exists()


# When a run has come to a phase: by a process that it has then; and what has been made before.
ALL = ("systems", "stand-ins")
PHASES = {
    "making the system": ("mmdebstrap", ()),
    "building stand-ins": ("dockerd", ("systems",)),
    "starting a lab": ("unshare", ALL),
    "before the network is there": ("slirp4netns", ALL),
    "before the engine answers": ("dockerd", ALL),
    "while typing": ("docker-proxy", ALL),
}
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
@pytest.mark.parametrize("phase", PHASES)
def test_ended_in_any_phase_it_leaves_nothing(
    write: Write, start: Start, tmp_path: Path, phase: str, number: signal.Signals
) -> None:
    process, made = PHASES[phase]
    cache = tmp_path / "docker-verified"
    cache.mkdir()
    for name in made:
        (cache / name).symlink_to(host.cache() / name)
    run = start(write(WAITING).parent, environment={"XDG_CACHE_HOME": str(tmp_path)})
    wait_for(lambda: process in run.processes(), 60)
    run.verifier.send_signal(number)
    assert run.verifier.wait(20) == code_of(number)
    wait_for(run.leaves_nothing)
    assert not run.report.exists()


def code_of(number: signal.Signals) -> int:
    """Return the exit code of a verifier that was sent a signal, as subprocess has it."""
    return -number if number == signal.SIGKILL else 128 + number


@pytest.mark.parametrize("second", [signal.SIGINT, signal.SIGKILL], ids=lambda one: one.name)
def test_a_second_ctrl_c_while_it_stops_leaves_nothing_either(
    write: Write, start: Start, second: signal.Signals
) -> None:
    run = start(write(WAITING).parent)
    wait_for(lambda: "docker-proxy" in run.processes(), 60)
    run.verifier.send_signal(signal.SIGINT)
    run.verifier.send_signal(second)
    assert run.verifier.wait(20) in (code_of(signal.SIGINT), code_of(second))
    wait_for(run.leaves_nothing)


@pytest.mark.parametrize(
    ("victim", "what"),
    [
        ("dockerd", "its Docker Engine has ended"),
        ("containerd", "its containerd has ended"),
        ("docker-registry", "its registry has ended"),
        ("slirp4netns", "its way to the network has ended"),
        ("bash", "it has ended"),  # the lab's first process, and so all of it
    ],
)
def test_what_serves_in_a_lab_is_killed_and_no_page_is_blamed(
    write: Write, start: Start, victim: str, what: str
) -> None:
    session = (
        "# wait\n$ until [ -e /tmp/go ]; do sleep 0.1; done\n\n# use\n$ docker pull alpine\n...\n"
    )
    session += "$ test -e /tmp/there\n"
    write(GOOD, "good")
    run = start(write(session).parent, "--jobs", "1")
    labs = 0
    while run.verifier.poll() is None:  # it tries once more, in a lab that breaks as well
        if run.said().count("sample: wait") > labs:
            labs += 1
            pid = next(pid for pid, name in run.alive() if name == victim and _is_meant(pid))
            folder = os.open(f"/proc/{_inside(run)}/root/tmp", os.O_RDONLY)
            os.kill(pid, signal.SIGKILL)
            wait_for(partial(_has_ended, pid))
            with suppress(OSError):  # all of the lab is gone
                os.close(os.open("go", os.O_CREAT, dir_fd=folder))
            os.close(folder)
    assert ends(run) == 3, run.said()
    assert run.verdicts() == {"good": "passed", "sample": "not run"}
    assert f"was not run: the lab broke: {what}" in run.said()


def _is_meant(pid: int) -> bool:
    """Say whether a process is none of a lab's shells but its first one."""
    rows = Path(f"/proc/{pid}/status").read_text().splitlines()
    name, numbers = rows[0].split()[-1], next(row for row in rows if row.startswith("NSpid:"))
    return name != "bash" or numbers.split()[-1] == "1"


def _has_ended(pid: int) -> bool:
    return not Path(f"/proc/{pid}/ns/net").exists()


def _inside(run: Run) -> int:
    """Return a process that is in the lab of a run."""
    return next(pid for pid, name in run.alive() if name == "docker-registry")


FAILING = {
    "hangs": "$ sleep 600\n",
    "prints-without-end": "$ yes\n",
    "prints-one-line-without-end": "$ yes | tr -d '\\n'\n",
    "closes-the-terminal": "$ exec >&- 2>&- <&-\n",
    "reads-the-terminal": "$ cat\n",
    "never-leaves-a-program": "$ docker run -it alpine sh\n",
    "leaves-the-shell": "$ exit\n",
    "kills-the-shell": "$ kill -9 $$\n",
    "unfinished-sequence": "$ printf '\\e]0;title'\n",
    "forges-its-end": "$ (printf 'ok\\n\\e]133;D;0\\a\\e]133;A\\a$ \\e]133;B\\a'; exit 7)\nok\n",
}
PASSING = {
    "keeps-a-child": "$ (sleep 600; echo x) &\n...\n$ echo hello\nhello\n",
    "is-not-utf-8": "$ printf '\\xff\\xfea\\n'\n\ufffd\ufffda\n",
    "has-a-nul": "$ printf 'a\\0b\\n'\nab\n",
    "has-a-long-line": "$ head -c 400000 /dev/zero | tr '\\0' x\n...\n",
    "alternate-screen": "$ printf '\\e[?1049h hi \\e[?1049l\\n'\n hi\n",
    "resizes": "$ stty cols 20; printf '\\e[8;9;9t'; echo 1234567890123\n1234567890123\n",
    "goes-far": "$ printf '\\e[999999999C\\e[999999999Bx\\n'\n...\n$ echo a\na\n",
    "good": "$ echo hello\nhello\n",
}


def test_whatever_a_command_does_to_its_terminal_the_verdict_is_right_and_the_others_hold(
    write: Write, start: Start
) -> None:
    for slug, session in (FAILING | PASSING).items():
        text = f"# one\n{session}"
        examples = write(text, slug, captions(text, "timeout = 6")).parent
    run = start(examples)
    assert ends(run, 300) == 1
    assert run.verdicts() == dict.fromkeys(FAILING, "failed") | dict.fromkeys(PASSING, "passed")
    assert len(run.said()) < 100_000


class Small(Lab):
    """A lab with little room for images."""

    def __enter__(self) -> Lab:  # type: ignore[override]
        super().__enter__()
        self.run("mount", "-o", "remount,size=12m", "/var/lib/docker")
        return self


@pytest.mark.parametrize("command", ["docker pull nginx", "docker build ."])
def test_a_full_disk_is_the_labs_fault(stand_ins: Bench, write: Write, command: str) -> None:
    class Bare(Bench):
        def open_lab(self, store: Store = "docker") -> Lab:
            return Small(*self._made, store)

    folder = write(f"# one\n$ {command}\n...\n")
    (folder / "Dockerfile").write_text("FROM nginx\nRUN head -c 50000000 /dev/urandom > /big\n")
    verifier = verify.Verifier(Bare("docker-28", "standin"), lambda *_: None)
    (result,) = verifier.run([example.load(folder)], 1)
    assert result.verdict == "not run", result
    (message,) = verify.explain(example.load(folder), result)
    assert "no space left on device" in message or "disk is full" in message


def test_a_full_disk_while_a_system_is_made_is_said_with_a_remedy(
    write: Write, start: Start, tmp_path: Path
) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    run = start(
        write(GOOD).parent,
        environment={"XDG_CACHE_HOME": str(cache)},
        mounts=f"mount -t tmpfs -o size=3m small {cache}",
    )
    assert ends(run) == 3
    assert "to mend it: " in run.said()
    assert "Traceback" not in run.said()


def test_everything_but_the_internet_works_without_a_network(write: Write, start: Start) -> None:
    write("# run\n$ docker run hello-world\n...\nHello from Docker!\n...\n", "local")
    far = "# far\n$ curl --silent --fail --max-time 2 http://deb.debian.org\n...\n"
    run = start(write(far, "far", captions(far, 'needs = "internet"')).parent)
    assert ends(run) == 0
    assert run.verdicts() == {"local": "passed", "far": "not run"}


def test_two_verifiers_at_once_forget_nothing_of_each_other(write: Write, start: Start) -> None:
    write(GOOD, "one")
    examples = write(GOOD, "two").parent
    runs = [start(examples, slug) for slug in ("one", "two")]
    assert [ends(run) for run in runs] == [0, 0]
    assert runs[0].verdicts() == {"one": "passed", "two": "passed"}


def test_a_clock_that_jumps_changes_no_verdict(write: Write, start: Start) -> None:
    jumps = (
        "import itertools, runpy, sys, time; real = time.time; days = itertools.cycle((0, 9, -9));"
        "time.time = lambda: real() + 86_400 * next(days);"
        "sys.argv[0] = 'scripts'; runpy.run_module('scripts', run_name='__main__')"
    )
    session = "# soon\n$ date +%S | grep --quiet '[05]$' && echo now\nnow\n"
    options = captions(session, "eventually = true\ntimeout = 20")
    run = start(write(session, options=options).parent, around=[sys.executable, "-c", jumps])
    assert ends(run) == 0
    assert run.verdicts() == {"sample": "passed"}


def test_a_report_that_cannot_be_written_is_said_before_anything_is_typed(
    write: Write, start: Start, tmp_path: Path
) -> None:
    (tmp_path / "away").mkdir()
    away = tmp_path / "away"
    run = start(
        write(GOOD).parent,
        *("--report", away / "report.json"),
        mounts=f"mount -t tmpfs -o ro away {away}",
    )
    assert ends(run) == 3
    assert "cannot be written: Read-only file system" in run.said()
    assert "a new engine" not in run.said()


def test_a_locale_that_is_not_utf_8_changes_nothing(write: Write, start: Start) -> None:
    session = "# one\n$ echo 'à « l’été » ✔'\nà « l’été » ✔\n"
    write(session.replace("\nà « l’été", "\nà « l’hiver"), "wrong")
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    run = start(write(session).parent, environment=ascii_only)
    assert ends(run) == 1
    assert run.verdicts() == {"sample": "passed", "wrong": "failed"}
    assert "+ à « l’été » ✔" in run.said()


def test_a_path_with_spaces_and_accents_is_a_path(
    write: Write, start: Start, tmp_path: Path
) -> None:
    project = tmp_path / "mes projets" / "été n°1"
    project.mkdir(parents=True)
    shutil.copytree(ROOT / "scripts", project / "scripts")
    shutil.copytree(ROOT / "examples/hello-world", project / "exemples à moi/hello-world")
    run = start(project / "exemples à moi", project=project)
    assert ends(run) == 0
    assert run.verdicts() == {"hello-world": "passed"}


def test_a_clone_that_is_read_only_is_verified_into_another_file(
    write: Write, start: Start
) -> None:
    read_only = f"mount --bind {ROOT} {ROOT} && mount -o remount,ro,bind {ROOT}"
    examples = write(GOOD).parent
    run = start(examples, mounts=read_only)
    assert ends(run) == 0
    assert run.verdicts() == {"sample": "passed"}


def test_what_is_no_longer_what_was_made_is_made_anew(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = tmp_path / "store"
    layer = "docker/registry/v2/blobs/sha256/b5"
    digest = "b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c"  # of «foo\n»
    damages: list[Callable[[Path], object]] = [
        lambda path: path.write_text("fou\n"),  # as long as before
        lambda path: path.write_text(""),
        lambda path: path.unlink(),
        lambda path: (path.parent / "more").touch(),
    ]

    def makes_it() -> bool:
        with host.made_once(store, images._unaltered) as partial:
            if partial:
                (partial / layer / digest).mkdir(parents=True)
                (partial / layer / digest / "data").write_text("foo\n")
            return partial is not None

    assert makes_it()
    for damage in damages:
        assert not makes_it()
        damage(store / layer / digest / "data")
        assert makes_it()
        assert "is damaged: it is made anew" in capsys.readouterr().err


def test_an_example_reaches_neither_the_files_nor_the_loopback_of_the_machine(
    stand_ins: Bench, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text("secret")
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)

    container = ("docker", "run", "--volume=/:/all", "--network=host", "alpine")
    with serving(Handler) as here, stand_ins.open_lab() as lab:
        for address in ("localhost", "10.0.2.2"):
            ask = f"wget -T 2 -q -O - {here.replace('127.0.0.1', address)} || echo refused"
            assert "refused" in lab.run(*container, "sh", "-c", ask)
        assert "etc" in lab.run(*container, "ls", "/all")
        found = lab.run(
            *container, "sh", "-c", f"cat /all{tmp_path}/secret 2> /dev/null || echo none"
        )
    assert found.endswith("none\n")
    assert not asked


def test_nobody_in_a_lab_changes_the_images_of_the_next(stand_ins: Bench) -> None:
    push = f"curl --silent --request POST http://{images.MIRROR}/v2/library/alpine/blobs/uploads/"
    with stand_ins.open_lab() as lab:
        assert '"Err":30' in lab.run("sh", "-c", push)  # EROFS: the file system is read-only
        assert "Read-only" in lab.run("sh", "-c", "touch /srv/registry/mine 2>&1 || true")
