"""Labs: a real engine each, nothing shared, nothing left behind."""

from __future__ import annotations

import random
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scripts.errors import MachineError
from scripts.lab import cgroups, host, images
from scripts.lab.bench import Bench
from scripts.lab.images import pulled
from scripts.lab.lab import Images, Lab
from tests.conftest import Write, wait_for
from tests.runs import Run

pytestmark = pytest.mark.engine


@pytest.fixture
def start(write: Write, stand_ins: Bench) -> Iterator[Callable[[], Run]]:
    """Starts a verifier of an example that starts a container and then never comes back."""
    session = "# start\n$ docker run -d --name web -p 8080:80 nginx\n...\n$ sleep 600\n"
    examples = write(session).parent
    runs: list[Run] = []

    def start() -> Run:
        runs.append(Run(examples))
        return runs[-1]

    yield start
    for run in runs:
        run.close()


def until_it_types(run: Run) -> None:
    """Wait until its container is running."""
    wait_for(lambda: "docker-proxy" in run.processes(), 60)


def test_a_lab_has_an_engine_with_buildx_and_compose_and_no_images(stand_ins: Bench) -> None:
    with stand_ins.open_lab() as lab:
        assert lab.run("docker", "version", "--format", "{{.Server.Version}}").startswith("28.")
        assert "buildx" in lab.run("docker", "buildx", "version")
        assert "Compose" in lab.run("docker", "compose", "version")
        assert lab.run("docker", "images", "--quiet") == ""
        assert pulled(lab) == []


def test_a_lab_is_not_the_machine(stand_ins: Bench, tmp_path: Path) -> None:
    with stand_ins.open_lab() as lab:
        assert lab.run("hostname").strip() == "lab"
        lab.run("touch", "/made-in-the-lab")
        with stand_ins.open_lab() as other:
            assert not other.path("/made-in-the-lab").exists()
    assert not Path("/made-in-the-lab").exists()


def test_two_labs_publish_the_same_port_at_once(stand_ins: Bench) -> None:
    with stand_ins.open_lab() as one, stand_ins.open_lab() as two:
        for lab in (one, two):
            lab.run("docker", "run", "--detach", "--publish", "8080:80", "nginx")
        wait_for(lambda: "Welcome" in one.run("curl", "-s", "localhost:8080"))
        wait_for(lambda: "Welcome" in two.run("curl", "-s", "localhost:8080"))


def test_what_was_pulled_is_known_with_its_digest(stand_ins: Bench) -> None:
    with stand_ins.open_lab() as lab:
        lab.run("docker", "run", "hello-world")
        (image,) = pulled(lab)
        assert image.name == "hello-world:latest"
        assert image.digest in lab.run("docker", "images", "--digests")


def test_a_hub_that_does_not_answer_is_the_machines_fault() -> None:
    with pytest.raises(MachineError, match="use --images standin"):
        images.hub("http://127.0.0.1:9")


@pytest.mark.parametrize("late", [False, True])
def test_an_engine_that_does_not_start_is_the_machines_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, late: bool
) -> None:
    (tmp_path / "system").mkdir()
    if late:  # its network comes when it has ended already, as on a busy machine
        start = Lab._start_network

        def start_late(lab: Lab, lifeline: int) -> None:
            wait_for(lambda: not lab._lives())
            start(lab, lifeline)

        monkeypatch.setattr(Lab, "_start_network", start_late)
    with (
        pytest.raises(MachineError, match="did not start"),
        Lab(tmp_path / "system", Images(tmp_path)),
    ):
        pass


def test_a_folder_that_was_not_finished_is_never_taken_for_whole(tmp_path: Path) -> None:
    path = tmp_path / "thing"
    (tmp_path / "thing.partial").mkdir()
    (tmp_path / "thing.partial" / "half").touch()
    with pytest.raises(KeyboardInterrupt), host.made_once(path) as partial:
        assert partial is not None
        assert list(partial.iterdir()) == []
        raise KeyboardInterrupt
    assert not path.exists()
    with host.made_once(path) as partial:
        assert partial is not None
        (partial / "whole").touch()
    assert [p.name for p in path.iterdir()] == ["whole"]
    with host.made_once(path) as partial:
        assert partial is None


def test_nothing_is_left_after_kill_9(start: Callable[[], Run]) -> None:
    run = start()
    until_it_types(run)
    assert run.machine() == run.before, "something changed while it ran"
    run.verifier.kill()
    run.verifier.wait()
    wait_for(run.leaves_nothing)
    wait_for(lambda: not cgroups_of(run))


def cgroups_of(run: Run) -> list[Path]:
    """Return the groups of a run that are left after the next one has swept."""
    cgroups.sweep()
    return list(cgroups.FOLDER.glob(f"**/{cgroups.PREFIX}-{run.verifier.pid}-*"))


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_an_interrupted_run_ends_at_once_and_leaves_nothing(
    start: Callable[[], Run], number: signal.Signals, code: int
) -> None:
    run = start()
    until_it_types(run)
    run.verifier.send_signal(number)
    assert run.verifier.wait(10) == code
    wait_for(run.leaves_nothing)
    assert not run.report.exists()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_killed_at_any_moment_of_its_start_it_leaves_nothing(
    start: Callable[[], Run], number: signal.Signals
) -> None:
    for moment in sorted(random.uniform(0, 3) for _ in range(7)):
        run = start()
        with pytest.raises(subprocess.TimeoutExpired):
            run.verifier.wait(moment)
        run.verifier.send_signal(number)
        # Before Python listens, the signal ends it; a shell says 128 + number either way.
        assert run.verifier.wait(10) in (-number, 128 + number), f"after {moment} s"
        wait_for(run.leaves_nothing, 20)
        assert not run.report.exists()


def test_a_lab_that_is_stopped_before_it_starts_never_starts(stand_ins: Bench) -> None:
    lab = stand_ins.open_lab()
    lab.stop()
    with pytest.raises(MachineError, match="stopped"), lab:
        pass
