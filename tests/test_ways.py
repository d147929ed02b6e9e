"""The ways to a lab other than root's: the same verdicts, and what a way cannot do is not run.

Slow, and for a machine that is thrown away afterwards: a user is added to it.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts import report
from scripts.lab import host, images, way
from scripts.lab.bench import Bench
from scripts.lab.engine import DEFAULT_ENGINE, ENGINES
from scripts.lab.lab import Lab
from scripts.lab.system import system_name
from tests.conftest import ROOT

pytestmark = [pytest.mark.engine, pytest.mark.ways]

LEARNER = "learner"
SLUGS = ("hello-world", "publish-a-port", "stats")


@pytest.fixture(scope="module")
def learner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An ordinary user's clone, with the packages that `make` would set up."""
    if not os.environ.get("CI"):
        pytest.skip("adds a user to the machine: only where CI says that it may")
    host.install([*way.missing_packages(), "uidmap"])
    subprocess.run(["useradd", "--create-home", LEARNER], check=True)
    clone = Path(pwd.getpwnam(LEARNER).pw_dir, "project")
    subprocess.run(["cp", "--archive", ROOT, clone], check=True)
    shutil.rmtree(clone / "build", ignore_errors=True)
    subprocess.run(["chown", "--recursive", f"{LEARNER}:", clone], check=True)
    Path("/dev/net/tun").chmod(0o666)  # as systems with udev have it
    yield clone
    subprocess.run(["userdel", "--remove", LEARNER], check=True, capture_output=True)


def as_learner(clone: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["setpriv", f"--reuid={LEARNER}", f"--regid={LEARNER}", "--init-groups", *command],
        cwd=clone,
        env={**os.environ, "HOME": str(clone.parent), "PATH": "/usr/local/bin:/usr/bin:/bin"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_ordinary_user_verifies_what_needs_no_cgroups_and_the_rest_is_not_run(
    learner: Path,
) -> None:
    python = str(learner / ".venv/bin/python")
    done = as_learner(learner, python, "-m", "scripts", "verify", *SLUGS, "--images", "standin")
    assert done.returncode == 0, done.stdout + done.stderr
    found = report.load(learner / "build/report.json")
    assert found is not None
    verdicts = {(one.slug, step.name): step.verdict for one in found.examples for step in one.steps}
    limited = {("stats", "stats"), ("stats", "top")}
    assert {key for key, verdict in verdicts.items() if verdict != "passed"} <= limited
    assert {path.owner() for path in (learner / "build").iterdir()} == {LEARNER}


def test_the_doctor_tells_an_ordinary_user_which_way_works_and_why_not_the_others(
    learner: Path,
) -> None:
    done = as_learner(learner, str(learner / ".venv/bin/python"), "-m", "scripts", "doctor")
    assert done.returncode == 0, done.stderr
    assert "root       no" in done.stdout
    assert "you are not root; type: sudo make site" in done.stdout
    assert "user       works" in done.stdout


def test_where_there_is_no_way_everything_that_could_be_done_is_said_at_once(
    learner: Path,
) -> None:
    done = as_learner(learner, "env", "PATH=/nowhere", "/usr/bin/python3", "-m", "scripts.lab.way")
    assert done.returncode == 3
    assert "this machine cannot start a lab" in done.stderr
    for words in ("sudo make site", "sudo apt-get install", "there is no docker command"):
        assert words in done.stderr


@pytest.fixture
def docker(stand_ins: Bench, tmp_path: Path) -> Iterator[Lab]:
    """A machine with Docker, this project and a cache, whose `docker` is in tmp_path."""
    with stand_ins.open_lab() as lab:
        lab.path(f"{ROOT}/.venv").mkdir(parents=True)
        for name in ("scripts", "examples", "Makefile", "requirements.txt"):
            subprocess.run(["cp", "--archive", ROOT / name, lab.path(f"{ROOT}/{name}")], check=True)
        lab.run("docker", "volume", "create", "docker-verified")
        volume = lab.path("/var/lib/docker/volumes/docker-verified/_data")
        name = system_name(ENGINES[DEFAULT_ENGINE])
        for part in (f"systems/{name}", f"stand-ins/{images.stand_in_store().name}"):
            (volume / part).parent.mkdir()
            subprocess.run(["cp", "--archive", host.cache() / part, volume / part], check=True)
        program = tmp_path / "docker"
        program.write_text(f'#!/bin/sh\nexec {" ".join(lab.command("docker"))} "$@"\n')
        program.chmod(0o755)
        yield lab


def test_in_a_container_of_docker_the_verdicts_are_the_same(docker: Lab, tmp_path: Path) -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "scripts", "verify", *SLUGS, "--images", "standin"),
            # A report of its own: what the usual one knows need not be run again.
            *("--lab", "container", "--report", "build/container.json"),
        ],
        cwd=ROOT,
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = report.load(docker.path(f"{ROOT}/build/container.json"))
    assert found is not None
    assert {one.slug: one.verdict for one in found.examples} == dict.fromkeys(SLUGS, "passed")
    assert way.IMAGE in docker.run("docker", "images")
