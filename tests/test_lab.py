"""Labs: a real engine each, nothing shared, nothing left behind."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from scripts.errors import MachineError
from scripts.lab import host, images
from scripts.lab.bench import Bench
from scripts.lab.images import pulled
from scripts.lab.lab import Images, Lab
from tests.conftest import wait_for

pytestmark = pytest.mark.engine


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

        def start_late(lab: Lab, *words: Any) -> None:
            wait_for(lambda: not lab._lives())
            start(lab, *words)

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


def test_a_lab_that_is_stopped_before_it_starts_never_starts(stand_ins: Bench) -> None:
    lab = stand_ins.open_lab()
    lab.stop()
    with pytest.raises(MachineError, match="stopped"), lab:
        pass


def test_a_lab_that_is_not_ready_in_time_is_given_up(
    stand_ins: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scripts.lab.lab.START_LIMIT", 0.05)
    with pytest.raises(MachineError, match="s were not enough"):
        stand_ins.open_lab().__enter__()
    assert not labs()


def test_a_lab_that_hangs_when_it_is_to_end_is_ended(
    stand_ins: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scripts.lab.lab.STOP_LIMIT", 0.1)
    with stand_ins.open_lab() as lab:
        assert labs()
        os.kill(lab._pid, signal.SIGSTOP)
    assert not labs()


def test_interrupted_at_any_line_of_its_start_a_lab_leaves_nothing(stand_ins: Bench) -> None:
    threads = threading.enumerate()
    place = 0
    while _interrupted_at(place := place + 1, stand_ins):
        assert threading.enumerate() == threads
        wait_for(lambda: not labs())
    assert place > 50, "it went through more lines than that"


def _interrupted_at(place: int, bench: Bench) -> bool:
    """Open a lab, and interrupt it at a line; return False if it has fewer lines."""
    lines = {threading.__file__, sys.modules["scripts.lab.lab"].__file__}
    passed: set[tuple[str, int]] = set()

    def called(frame: FrameType, event: str, what: object) -> Callable[..., Any] | None:
        return at_line if frame.f_code.co_filename in lines else None

    def at_line(frame: FrameType, event: str, what: object) -> Callable[..., Any]:
        passed.add((frame.f_code.co_filename, frame.f_lineno))
        if len(passed) >= place:
            sys.settrace(None)
            raise KeyboardInterrupt
        return at_line

    opened: list[Lab] = []
    with suppress(KeyboardInterrupt):
        sys.settrace(called)
        opened.append(bench.open_lab().__enter__())
    sys.settrace(None)
    for lab in opened:  # it has fewer lines, or the line was a finalizer's: Python ignores that
        lab.stop()
    return len(passed) >= place


def labs() -> list[str]:
    """Return the first processes of labs that we have started."""
    pids = " ".join(one.read_text() for one in Path("/proc/self/task").glob("*/children")).split()
    return [name for pid in pids if (name := _name(pid)) in ("unshare", "slirp4netns")]


def _name(pid: str) -> str:
    with suppress(OSError):  # it has ended meanwhile
        return Path(f"/proc/{pid}/cmdline").read_text().split("\0")[0]
    return ""
