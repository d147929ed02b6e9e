"""The commands: bad input is named with its line, nothing is run, the exit code tells."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from scripts import example
from scripts.lab import host
from tests.conftest import Run, Write, captions

GOOD = "# first\n$ docker version\n"
TWO = f"{GOOD}\n# second\n$ docker ps\n"


def verify(run: Run, folder: Path, *words: str) -> tuple[int, str]:
    done = run("verify", *words, "--examples", folder)
    assert done.stdout == ""
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    ("session", "options", "place", "what"),
    [
        ("", None, "session.console:1", "no command in this transcript"),
        ("# only words\n", None, "session.console:1", "no command in this transcript"),
        ("output\n\n# a\n$ ls\n", None, "session.console:1", "output before the first prompt"),
        ("# a\n$ ls\n\n# a\n$ ls\n", None, "session.console:4", "a second step «a»"),
        ("# a\n$ ls\n[2]\nmore\n", None, "session.console:3", "exit status in the wrong place"),
        (GOOD, captions(""), "session.console:1", "the step «first» has no caption"),
        (GOOD, captions(GOOD).replace('fr = "Une', 'x = "Une'), "example.toml:5", "no «fr» in"),
        (GOOD, captions(GOOD).replace('en = "A', 'x = "A'), "example.toml:5", "no «en» in"),
        (TWO, captions(TWO).replace('en = "A', 'x = "A', 1), "example.toml:5", "no «en» in"),
        (GOOD, captions("# first\n# second"), "example.toml:10", "which is no step"),
        (GOOD, captions(GOOD, "tmeout = 5"), "example.toml:8", "unknown key «tmeout»"),
        (GOOD, captions(GOOD, "timeout = 'x'"), "example.toml:8", "timeout"),
        (GOOD, captions(GOOD, "timeout = "), "example.toml:8", "not TOML"),
    ],
)
def test_bad_input_is_named_with_file_and_line(
    run: Run, write: Write, session: str, options: str | None, place: str, what: str
) -> None:
    folder = write(session, options=options)
    code, said = verify(run, folder.parent)
    assert code == 2
    assert f"{folder}/{place}: " in said
    assert what in said


def test_a_file_that_is_missing_or_not_text_is_named(run: Run, write: Write) -> None:
    folder = write(GOOD)
    (folder / "example.toml").unlink()
    (folder / "session.console").write_bytes(b"# first\n$ caf\xe9\n")
    code, said = verify(run, folder.parent)
    assert code == 2
    assert f"{folder}/example.toml:1: no such file; create it" in said
    assert f"{folder}/session.console:2: not UTF-8 text" in said


def test_a_folder_in_place_of_a_file_is_named(run: Run, write: Write) -> None:
    folder = write(GOOD)
    (folder / "session.console").unlink()
    (folder / "session.console").mkdir()
    code, said = verify(run, folder.parent)
    assert (code, f"{folder}/session.console:1: cannot be read" in said) == (2, True)


@pytest.mark.parametrize(
    ("character", "name"),
    [
        *(("\0", "U+0000"), ("\x1b", "U+001B"), ("\u2028", "U+2028"), ("\u202e", "U+202E")),
        *(("\u200b", "U+200B"), ("\ufeff", "U+FEFF")),
    ],
)
def test_a_character_that_nobody_sees_is_named_where_it_stands(
    run: Run, write: Write, character: str, name: str
) -> None:
    folder = write(GOOD.replace("$ ", f"$ echo{character} "), options=captions(GOOD))
    code, said = verify(run, folder.parent)
    assert code == 2
    assert f"{folder}/session.console:2: a character that nobody sees, {name}; remove it" in said


def test_files_of_other_systems_mean_the_same(write: Write) -> None:
    plain = example.load(write(GOOD, "sample"))
    folder = write("", "windows", "")
    for name in ("session.console", "example.toml"):
        text = (plain.folder / name).read_bytes().replace(b"\n", b"\r\n")
        (folder / name).write_bytes(b"\xef\xbb\xbf" + text)
    other = example.load(folder)
    assert other.options == plain.options
    assert other.transcript.write() == plain.transcript.write()


def test_a_link_out_of_an_example_is_refused(run: Run, write: Write, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    folder = write(GOOD)
    (folder / "inside.txt").write_text("inside")
    (folder / "link.txt").symlink_to("inside.txt")
    assert len(example.load(folder).files) == 2
    (folder / "data").symlink_to("../../secret")
    code, said = verify(run, folder.parent)
    assert code == 2
    assert f"{folder}/data:1: a link out of the example, to ../../secret" in said
    assert str(tmp_path / "secret") not in said.replace("../../secret", "")


def test_a_name_that_leads_elsewhere_is_no_example(run: Run, write: Write) -> None:
    folder = write(GOOD)
    code, said = verify(run, folder.parent, f"../examples/{folder.name}")
    assert (code, "no such example" in said) == (2, True)


def test_names_that_differ_by_case_only_are_refused(run: Run, write: Write) -> None:
    write(GOOD, "Sample")
    folder = write(GOOD, "sample")
    code, said = verify(run, folder.parent)
    assert code == 2
    assert "sample/session.console:1: its name differs from «Sample» by case only" in said


def test_an_unknown_example_is_named_with_those_there_are(run: Run, write: Write) -> None:
    folder = write(GOOD)
    code, said = verify(run, folder.parent, "smaple")
    assert code == 2
    assert "smaple/session.console:1: no such example; choose from: sample" in said


def test_no_example_at_all_is_bad_input_and_not_success(run: Run, tmp_path: Path) -> None:
    code, said = verify(run, tmp_path)
    assert (code, "no example here" in said) == (2, True)


def test_every_problem_of_every_example_is_said_at_once(run: Run, write: Write) -> None:
    first, second = write("", "one"), write("", "two")
    _, said = verify(run, first.parent)
    assert str(first) in said
    assert str(second) in said


def test_an_unknown_engine_is_bad_input(run: Run) -> None:
    done = run("verify", "--engine", "docker-1")
    assert done.returncode == 2
    assert "no engine docker-1; choose from: docker-29" in done.stderr


def test_what_two_need_at_the_same_time_is_installed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    installed: list[str] = []
    second = threading.Event()

    def install(packages: Sequence[str]) -> None:
        second.wait(0.5)  # nobody else gets as far as this meanwhile
        installed.extend(packages)
        second.set()

    def need() -> None:
        host.install(["a-package"], lambda: installed)

    monkeypatch.setattr(host, "_install", install)
    threads = [threading.Thread(target=need) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert installed == ["a-package"]
