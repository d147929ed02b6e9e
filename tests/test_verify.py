"""Verify and record, on a real engine: what holds passes, whatever is damaged is noticed."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from scripts import example, report
from scripts.lab import host
from scripts.mutation.trial import Recording
from tests.conftest import ROOT, Run, Write, captions

pytestmark = pytest.mark.engine

SESSION = """\
# run
$ docker run --name hello hello-world
...
Hello from Docker!
...

# again
$ docker start -a hello

Hello from Docker!
...
$ docker rm hello
hello
$ docker rm hello
Error response from daemon: No such container: hello
[1]
"""


def verify(run: Run, examples: Path, *words: str) -> tuple[int, str, report.Report]:
    saved = examples / "report.json"
    done = run("verify", *words, "--examples", examples, "--images", "standin", "--report", saved)
    found = report.load(saved)
    assert found is not None, done.stderr
    return done.returncode, done.stdout, found


@pytest.fixture(scope="module")
def verified(run: Run) -> report.Report:
    """What verifying every example of the site found; what has not changed keeps its verdict."""
    done = run("verify")
    assert done.returncode == 0, done.stdout
    found = report.load(ROOT / report.PATH)
    assert found is not None
    return found


def test_every_example_of_the_site_holds(verified: report.Report) -> None:
    folders = {path.name for path in (ROOT / "examples").iterdir()}
    assert {example.slug for example in verified.examples} == folders


def test_what_was_recorded_on_docker_29_is_what_its_transcripts_say() -> None:
    kept = report.load(ROOT / report.KEPT / "docker-29.json")
    assert kept is not None
    there = {one.slug: one.on("docker-29") for one in example.load_all(ROOT / "examples")}
    held = [
        Recording(there[result.slug], result)
        for result in kept.examples
        if result.slug in there and result.digest == there[result.slug].digest
    ]
    assert len(held) > 40
    assert [str(fault) for recording in held for fault in recording.faults()] == []


def test_any_damage_to_the_output_of_any_example_is_noticed(
    run: Run, verified: report.Report
) -> None:
    done = run("mutate", "--commands", "0")
    assert done.returncode == 0, done.stdout
    figures = re.fullmatch(
        r"mutants: (\d+), killed: (\d+), survived: (\d+) \((\d+) explained\)",
        done.stdout.splitlines()[-1],
    )
    assert figures, done.stdout
    mutants, killed, survived, explained = map(int, figures.groups())
    assert mutants == killed + survived > 2000
    assert survived == explained


def test_a_damaged_command_that_nothing_notices_is_named_until_it_is_explained(
    run: Run, write: Write
) -> None:
    session = "# list\n$ docker ps -a -q\n"
    folder = write(session)
    arguments = ("--examples", folder.parent, "--report", folder.parent / "report.json")
    done = run("mutate", "--commands", "all", *arguments)
    assert done.returncode == 1
    place = f"survived {folder}/session.console:2: docker ps -a -q"
    assert f"{place} → docker ps -q" in done.stdout
    assert "killed   " in done.stderr
    assert "survived: 1" in done.stdout.splitlines()[-1]
    reason = 'equivalent = { "docker ps -q" = "there is nothing to list" }'
    (folder / "example.toml").write_text(captions(session, f"timeout = 20\n{reason}"))
    done = run("mutate", "--commands", "all", *arguments)
    assert done.returncode == 0, done.stdout
    assert "1 need not be noticed: there is nothing to list" in done.stdout


def test_a_session_that_holds_passes_and_is_reported(run: Run, write: Write) -> None:
    folder = write(SESSION)
    code, said, found = verify(run, folder.parent)
    assert code == 0, said
    assert "passed   sample" in said
    (example,) = found.examples
    assert found.version.startswith("28.")
    assert {"client", "buildx", "compose", "containerd", "runc"} <= found.versions.keys()
    assert [(step.name, step.verdict) for step in example.steps] == [
        ("run", "passed"),
        ("again", "passed"),
    ]
    assert [(image.name, image.stand_in) for image in example.images] == [
        ("hello-world:latest", True)
    ]
    assert example.steps[1].commands[1].output == ("hello",)


@pytest.mark.parametrize(
    ("old", "new", "line", "what"),
    [
        (
            "\nHello from Docker!\n...\n\n",
            "\nHello from Podman!\n...\n\n",
            2,
            "- Hello from Podman!",
        ),
        ("docker rm hello\nhello", "docker stop hello\nhello\n[1]", 12, "exit status 0, where 1"),
        ("[1]\n", "[2]\n", 14, "exit status 1, where 2 is expected"),
        ("[1]\n", "", 14, "exit status 1, where 0 is expected"),
        (
            "$ docker rm hello\nhello\n",
            "$ docker rm hallo\nhello\n",
            12,
            "No such container: hallo",
        ),
        ("\n\nHello", "\nHello", 8, "+"),
    ],
)
def test_any_damage_is_noticed_with_its_line(
    run: Run, write: Write, old: str, new: str, line: int, what: str
) -> None:
    damaged = SESSION.replace(old, new, 1)
    assert damaged != SESSION
    folder = write(damaged)
    code, said, _ = verify(run, folder.parent)
    assert code == 1
    assert f"{folder}/session.console:{line}: step «" in said
    assert what in said


def test_what_is_wrong_is_said_last_where_a_long_run_ends(run: Run, write: Write) -> None:
    wrong = write("# a\n$ echo one\ntwo\n", "a")
    write("# b\n$ echo one\none\n", "b")
    _, said, _ = verify(run, wrong.parent, "--jobs", "1")
    lines = said.splitlines()
    assert [line.split()[:2] for line in lines[:2]] == [["failed", "a"], ["passed", "b"]]
    assert lines[2].startswith(f"{wrong}/session.console:2: step «a»")
    assert lines[-1].startswith("2 examples")


@pytest.mark.parametrize(("needs", "expected"), [('needs = "internet"', 0), ("", 1)])
def test_a_download_that_fails_is_tried_once_more_in_a_new_lab(
    run: Run, write: Write, needs: str, expected: int
) -> None:
    # What labs have downloaded so far is in a folder that all of them share.
    flag = f"tried-{uuid.uuid4()}"
    once = f"test -e /p/{flag} || {{ touch /p/{flag}; exit 1; }}"
    session = f"# once\n$ docker run --rm -v /srv/packages:/p alpine sh -c '{once}'\n...\n"
    folder = write(session, options=captions(session, needs))
    try:
        code, said, _ = verify(run, folder.parent)
        assert code == expected, said
    finally:
        (host.cache() / "packages" / flag).unlink()


def test_what_has_not_changed_keeps_its_verdict_and_the_rest_is_run(run: Run, write: Write) -> None:
    one, two = write(SESSION, "one"), write("# a\n$ docker ps -q\n", "two")
    _, _, first = verify(run, one.parent)
    code, said, again = verify(run, one.parent)
    assert code == 0
    assert said.splitlines() == [
        "2 examples, 2 of them unchanged, 3 steps: 3 passed, 0 failed, 0 not run; "
        f"Docker {first.version}, stand-in images"
    ]
    assert again == first
    (two / "session.console").write_text("# a\n$ docker ps -q -a\n")
    code, said, third = verify(run, one.parent)
    assert (code, "two" in said, "passed   one" in said) == (0, True, False)
    assert third.result("one", third.examples[0].digest) == first.examples[0]
    _, said, _ = verify(run, one.parent, "--all")
    assert "passed   one" in said


def test_verifying_one_example_forgets_no_other(run: Run, write: Write) -> None:
    one = write("# a\n$ docker ps -q\n", "one")
    write("# a\n$ docker ps -q\n", "two")
    verify(run, one.parent)
    _, said, found = verify(run, one.parent, "one", "--all")
    assert said.splitlines()[-1].startswith("1 example, 1 step: 1 passed")
    assert [example.slug for example in found.examples] == ["one", "two"]


def test_verifying_elsewhere_forgets_nothing_of_the_project(
    run: Run, write: Write, tmp_path: Path
) -> None:
    kept = tmp_path / "kept.json"
    assert run("verify", "hello-world", "--report", kept).returncode == 0
    folder = write("# one\n$ echo hello\nhello\n")
    assert run("verify", "--examples", folder.parent, "--report", kept).returncode == 0
    found = report.load(kept)
    assert found and [one.slug for one in found.examples] == ["hello-world", "sample"]


def test_what_an_engine_shows_differently_is_recorded_beside_and_held_there(
    run: Run, write: Write
) -> None:
    folder = write("# same\n$ docker ps -q\n\n# other\n$ docker info -f '{{.Driver}}'\noverlay2\n")
    words = ("--examples", folder.parent, "--images", "standin", "--engine", "docker-28-containerd")
    done = run("record", "sample", *words)
    assert done.returncode == 0, done.stdout + done.stderr
    beside = folder / "session.docker-28-containerd.console"
    assert beside.read_text() == "# other\n$ docker info -f '{{.Driver}}'\noverlayfs\n"
    assert verify(run, folder.parent, "--engine", "docker-28-containerd")[0] == 0
    assert verify(run, folder.parent, "--all")[0] == 0
    (folder / "session.console").write_text(beside.read_text())
    done = run("verify", *words)
    assert (done.returncode, "is the one of session.console" in done.stderr) == (2, True)


def test_where_an_engine_is_only_observed_what_differs_is_reported_and_no_fault(
    run: Run, write: Write
) -> None:
    folder = write("# other\n$ docker info -f '{{.Driver}}'\noverlay2\n")
    code, said, found = verify(run, folder.parent, "--engine", "docker-28-containerd")
    assert (code, found.examples[0].verdict) == (0, "failed")
    assert "1 example, 1 step: 0 same, 1 other, 0 refused, 0 not run; Docker 28" in said
    assert found.examples[0].steps[0].commands[0].shown == ("overlayfs",)


def test_recording_afresh_makes_one_world_of_ids_and_times(run: Run, write: Write) -> None:
    folder = write(
        "# start\n$ docker run -d --name web nginx\n...\n"
        f"{'7c74' * 16}\n\n# look\n$ docker ps -q\n{'7c74' * 3}\n"
    )
    beside = folder / "session.docker-29.console"
    beside.write_text(f"# look\n$ docker ps -q\n{'7c74' * 3} and more\n")
    done = run("record", "--fresh", "--examples", folder.parent, "--images", "standin")
    assert done.returncode == 0, done.stdout + done.stderr
    *_, started, _, _, _, listed = (folder / "session.console").read_text().splitlines()
    assert started != "7c74" * 16
    assert started[:12] == listed
    assert beside.read_text() == f"# look\n$ docker ps -q\n{listed} and more\n"


def test_a_new_example_elsewhere_is_recorded_and_then_holds(run: Run, write: Write) -> None:
    folder = write(
        "# start\n$ docker run -d --name web nginx\n$ docker ps\n\n# look\n"
        "$ docker exec -it web bash\nroot@0d0b4d65ed01:/# cat /etc/hostname\n"
        "root@0d0b4d65ed01:/# exit\n\n# fail\n$ docker rm web\n"
    )
    arguments = ("--examples", folder.parent, "--images", "standin")
    done = run("record", "sample", *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    text = (folder / "session.console").read_text()
    assert "CONTAINER ID   IMAGE" in text
    assert text.endswith("[1]\n")
    code, said, _ = verify(run, folder.parent)
    assert code == 0, said
    assert run("record", "sample", *arguments).returncode == 0
    assert (folder / "session.console").read_text() == text, "recording what holds changed it"


def test_recording_a_step_that_waits_records_what_it_waited_for(run: Run, write: Write) -> None:
    session = "# start\n$ (sleep 1; echo ready > done) & disown\n...\n\n# wait\n$ cat done\n"
    options = captions(session).replace("timeout = 20", "timeout = 20\neventually = true")
    folder = write(session, options=options)
    done = run("record", "sample", "--examples", folder.parent, "--images", "standin")
    assert done.returncode == 0, done.stdout
    assert (folder / "session.console").read_text().endswith("$ cat done\nready\n")


def test_recording_an_example_of_the_site_leaves_it_as_it_is(run: Run, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "examples" / "ubuntu-shell", tmp_path / "ubuntu-shell")
    done = run("record", "ubuntu-shell", "--examples", tmp_path)
    assert done.returncode == 0, done.stderr
    original = (ROOT / "examples" / "ubuntu-shell" / "session.console").read_bytes()
    assert (tmp_path / "ubuntu-shell" / "session.console").read_bytes() == original


def test_files_are_copied_into_a_fresh_home_and_never_changed(run: Run, write: Write) -> None:
    folder = write(
        "# look\n$ pwd\n/home/alex/sample\n$ ls ~\nsample\n$ ls\nnote.txt\n"
        "$ echo changed > note.txt\n$ whoami\nalex\n$ ls -A ~/.docker\n...\n[2]\n"
    )
    (folder / "note.txt").write_text("original\n")
    code, said, _ = verify(run, folder.parent)
    assert code == 0, said
    assert (folder / "note.txt").read_text() == "original\n"


def test_a_step_that_matches_eventually_is_repeated(run: Run, write: Write) -> None:
    session = "# start\n$ (sleep 1; touch done) & disown\n...\n\n# wait\n$ ls done\ndone\n"
    options = captions(session).replace("timeout = 20", "timeout = 20\neventually = true")
    folder = write(session, options=options)
    code, said, _ = verify(run, folder.parent)
    assert code == 0, said


def test_a_step_that_never_ends_is_given_up_and_the_rest_is_not_run(run: Run, write: Write) -> None:
    session = "# hang\n$ echo started; sleep 600\nstarted\n\n# after\n$ echo after\nafter\n"
    folder = write(session, options=captions(session, "timeout = 1"))
    code, said, found = verify(run, folder.parent)
    assert code == 1
    assert "no prompt came back in time" in said
    assert "started" in said
    assert [step.verdict for step in found.examples[0].steps] == ["failed", "not run"]


def test_a_verifier_that_is_the_first_process_of_a_container_ends(write: Write) -> None:
    """Who is first there inherits orphans: here a shell whose program never ends."""
    folder = write(
        "# hang\n$ trap '' HUP; sleep 600\n", options=captions("# hang\n", "timeout = 1")
    )
    alone = ("unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")
    words = ("verify", "--examples", folder.parent, "--report", folder.parent / "report.json")
    command = [*alone, sys.executable, "-m", "scripts", *map(str, words)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, timeout=60)
    assert done.returncode == 1


def test_what_only_the_original_can_answer_is_not_run_and_not_passed(
    run: Run, write: Write
) -> None:
    session = "# ask\n$ docker run ubuntu cat /etc/os-release\nUbuntu\n"
    folder = write(session, options=captions(session, 'needs = "hub"'))
    code, said, found = verify(run, folder.parent)
    assert code == 0
    assert "not run" in said
    assert [step.verdict for step in found.examples[0].steps] == ["not run"]


def test_the_report_can_be_printed_as_json(run: Run, write: Write) -> None:
    folder = write("# a\n$ docker ps -q\n")
    saved = folder.parent / "report.json"
    done = run("verify", "--json", "--examples", folder.parent, "--report", saved)
    assert json.loads(done.stdout) == json.loads(saved.read_text())
