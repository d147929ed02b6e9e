"""Labs: a real engine each, nothing shared, nothing left behind."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.__main__ import Bench
from scripts.errors import MachineError
from scripts.lab import host, images
from scripts.lab.images import pulled
from scripts.lab.lab import CGROUP_PREFIX, CGROUPS, Images, Lab, sweep
from tests.conftest import ROOT, Run, Write

pytestmark = pytest.mark.engine

ENGINE_PROCESSES = {
    "dockerd",
    "containerd",
    "containerd-shim",
    "docker-proxy",
    "docker-registry",
    "slirp4netns",
}


def wait_for(condition: object, seconds: float = 20) -> None:
    """Poll until `condition()` holds, or fail."""
    assert callable(condition)
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.02)


def processes() -> dict[int, str]:
    """Return the PIDs and names of all engines, registries and networks on this machine."""
    return dict(_engine_processes())


def _engine_processes() -> Iterator[tuple[int, str]]:
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            name = (folder / "comm").read_text().strip()
        except OSError:  # it has ended meanwhile
            continue
        if any(known.startswith(name) for known in ENGINE_PROCESSES if name):
            yield int(folder.name), name


def machine() -> dict[str, str]:
    """Return what a run must leave as it was: interfaces, firewall, mounts."""
    commands = {"links": ["ip", "link"], "firewall": ["iptables-save"]}
    state = {
        key: subprocess.run(command, capture_output=True, text=True, check=True).stdout
        for key, command in commands.items()
        if shutil.which(command[0])
    }
    return {**state, "mounts": Path("/proc/mounts").read_text()}


@pytest.fixture
def busy(write: Write) -> Path:
    """A folder with an example that starts a container and then never comes back."""
    session = "# start\n$ docker run -d --name web -p 8080:80 nginx\n...\n$ sleep 600\n"
    return write(session).parent


def start_busy(examples: Path) -> subprocess.Popen[str]:
    """Start a verifier, and return when its container is running."""
    before = processes()
    verifier = subprocess.Popen(
        [
            *(sys.executable, "-m", "scripts", "verify", "--examples", examples),
            *("--images", "standin", "--report", examples / "report.json"),
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    wait_for(lambda: _has_container(before), 60)
    return verifier


def _has_container(before: dict[int, str]) -> bool:
    return any("docker-proxy" in name for pid, name in processes().items() if pid not in before)


def test_a_lab_has_an_engine_with_buildx_and_compose_and_no_images(stand_ins: Bench) -> None:
    with stand_ins.open_lab("docker") as lab:
        assert lab.run("docker", "version", "--format", "{{.Server.Version}}").startswith("28.")
        assert "buildx" in lab.run("docker", "buildx", "version")
        assert "Compose" in lab.run("docker", "compose", "version")
        assert lab.run("docker", "images", "--quiet") == ""
        assert pulled(lab) == []


def test_a_lab_is_not_the_machine(stand_ins: Bench, tmp_path: Path) -> None:
    with stand_ins.open_lab("docker") as lab:
        assert lab.run("hostname").strip() == "lab"
        lab.run("touch", "/made-in-the-lab")
        with stand_ins.open_lab("docker") as other:
            assert not other.path("/made-in-the-lab").exists()
    assert not Path("/made-in-the-lab").exists()


def test_two_labs_publish_the_same_port_at_once(stand_ins: Bench) -> None:
    with stand_ins.open_lab("docker") as one, stand_ins.open_lab("docker") as two:
        for lab in (one, two):
            lab.run("docker", "run", "--detach", "--publish", "8080:80", "nginx")
        for lab in (one, two):
            wait_for(lambda lab=lab: "Welcome" in lab.run("curl", "-s", "localhost:8080"))


def test_what_was_pulled_is_known_with_its_digest(stand_ins: Bench) -> None:
    with stand_ins.open_lab("docker") as lab:
        lab.run("docker", "run", "hello-world")
        (image,) = pulled(lab)
        assert image.name == "hello-world:latest"
        assert image.digest in lab.run("docker", "images", "--digests")


def test_a_hub_that_does_not_answer_is_the_machines_fault() -> None:
    with pytest.raises(MachineError, match="use --images standin"):
        images.hub("http://127.0.0.1:9")


def test_an_engine_that_does_not_start_is_the_machines_fault(tmp_path: Path) -> None:
    (tmp_path / "system").mkdir()
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


def test_nothing_is_left_after_kill_9(busy: Path, run: Run) -> None:
    before, state = processes(), machine()
    verifier = start_busy(busy)
    assert machine() == state, "something changed while it ran"
    verifier.kill()
    verifier.wait()
    wait_for(lambda: processes().keys() <= before.keys())
    wait_for(lambda: machine() == state)
    sweep()
    assert not list(CGROUPS.glob(f"**/{CGROUP_PREFIX}-{verifier.pid}-*"))


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_run_ends_at_once_and_leaves_nothing(
    busy: Path, number: signal.Signals, code: int
) -> None:
    before, state = processes(), machine()
    verifier = start_busy(busy)
    os.kill(verifier.pid, number)
    assert verifier.wait(10) == code
    wait_for(lambda: processes().keys() <= before.keys())
    assert machine() == state
    assert not (busy / "report.json").exists()
