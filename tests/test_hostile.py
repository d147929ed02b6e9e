"""Hostile files: whatever stands in what authors write, it is read, or refused with its line."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts import example, glossary, page, practice
from scripts.errors import BadInput
from scripts.transcript import parse
from tests.conftest import ROOT

EXAMPLES = ROOT / "examples"
SLUG = "practice-a-web-server"
# What files of other systems, other scripts and other intentions have in them.
HOSTILE = st.sampled_from(
    [
        *("\0", "\r\n", "\r", "\ufeff", "\u2028", "\u202e", "\u200b", "\x1b[31m", "\x85", "\x0c"),
        *("</script>", "{{ 1 }}", "[[[ x() ]]]", "[[[", "../", "*" * 200, "[" * 200, "é" * 80),
        *("'''", '"""', "\n", "=", "#", "[", "]", "{", "}", "$ ", "> ", "&", "<", "```", "::: "),
    ]
)
DAMAGE = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 40), HOSTILE), min_size=1, max_size=6)


def damaged(text: str, damage: list[tuple[float, int, str]]) -> bytes:
    """Return a text with some of its letters replaced, as it would stand in a file."""
    for place, length, hostile in damage:
        at = int(place * len(text))
        text = text[:at] + hostile + text[at + length :]
    return text.encode()


def load_example(folder: Path) -> None:
    practice.load_all([example.load(folder)])


def load_page(folder: Path) -> None:
    page.read(folder / "ports.md")


def load_glossary(folder: Path) -> None:
    glossary.load(folder)


READ: dict[str, tuple[Path, Callable[[Path], None]]] = {
    "session.console": (EXAMPLES / SLUG, load_example),
    "example.toml": (EXAMPLES / SLUG, load_example),
    "practice.toml": (EXAMPLES / SLUG, load_example),
    "ports.md": (ROOT / "docs/fr/concepts", load_page),
    "glossary.toml": (ROOT / "docs", load_glossary),
}


@pytest.mark.parametrize("name", READ)
@settings(max_examples=150, deadline=None)
@given(damage=DAMAGE)
def test_a_damaged_file_is_read_or_refused_with_its_line(
    name: str, damage: list[tuple[float, int, str]]
) -> None:
    source, load = READ[name]
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made) / SLUG
        folder.mkdir()
        for path in source.iterdir():
            if path.is_file():
                shutil.copy(path, folder)
        (folder / name).write_bytes(damaged((source / name).read_text(encoding="utf-8"), damage))
        try:
            load(folder)
        except BadInput as error:
            assert error.problems
            for problem in error.problems:
                there = problem.path.is_file()
                written = problem.path.read_text(errors="replace") if there else ""
                assert 1 <= problem.line <= written.count("\n") + 2


@pytest.mark.parametrize(
    "text",
    [
        "# a\n$ ls\n" + "x" * 5_000_000,
        "# a\n$ ls\n" + "line\n" * 500_000,
        "# a\n" + "$ ls \\\n> -l\n" * 100_000,
        "# a\n$ ls\n" + "...\n" * 200_000,
        "$" * 2_000_000,
        " " * 2_000_000 + "\n# a\n$ ls\n",
    ],
    ids=["one long line", "many lines", "many commands", "many elisions", "prompts", "spaces"],
)
def test_a_large_session_is_read_in_seconds(text: str) -> None:
    try:
        parse(Path("session.console"), text)
    except BadInput as error:
        assert error.problems
