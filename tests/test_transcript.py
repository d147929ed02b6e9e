"""The transcript: what is read is what is written, and what is wrong is said with its line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.errors import BadInput
from scripts.transcript import escape, parse, unescape

PATH = Path("session.console")

texts = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=30
)
# Lines that look like syntax, among lines that do not.
tricky = st.sampled_from(
    [
        "",
        "...",
        "^C",
        "[1]",
        "$ ls",
        "> x",
        ">",
        "# name",
        "# A title",
        ">>> 1",
        "\\",
        "\\...",
        "<none>",
    ]
)
outputs = st.lists(st.one_of(texts, tricky).map(escape), max_size=6)
commands = st.lists(texts.filter(str.strip), min_size=1, max_size=3).map(
    lambda lines: [lines[0].lstrip(), *lines[1:]]
)
names = st.from_regex(r"[a-z][a-z0-9]{0,5}(-[a-z0-9]{1,5})?", fullmatch=True)


@st.composite
def exchanges(draw: st.DrawFn) -> str:
    first, *more = draw(commands)
    lines = [f"$ {first}", *(f"> {line}".rstrip() for line in more), *draw(outputs)]
    status = draw(st.none() | st.integers(1, 255))
    return "\n".join(lines + ([f"[{status}]"] if status else []))


@st.composite
def transcripts(draw: st.DrawFn) -> str:
    steps = draw(st.lists(names, min_size=1, max_size=4, unique=True))
    bodies = ["\n".join(draw(st.lists(exchanges(), min_size=1, max_size=3))) for _ in steps]
    return "\n".join(f"# {n}\n{body}\n" for n, body in zip(steps, bodies, strict=True))


@given(transcripts())
def test_what_is_parsed_is_written_byte_for_byte(text: str) -> None:
    assert parse(PATH, text).write() == text


@given(transcripts())
def test_what_is_written_is_parsed_into_the_same(text: str) -> None:
    transcript = parse(PATH, text)
    assert parse(PATH, transcript.write()) == transcript


@given(st.one_of(texts, tricky))
def test_any_output_survives_escaping(text: str) -> None:
    assert unescape(escape(text)) == text


@given(st.one_of(texts, tricky))
def test_any_escaped_output_is_read_as_output(text: str) -> None:
    transcript = parse(PATH, f"# step\n$ command\n{escape(text)}\n$ next\n")
    assert [o.text for o in next(transcript.exchanges).output] == [text]


def test_a_session_has_steps_commands_outputs_and_statuses() -> None:
    transcript = parse(
        PATH,
        "# start\n$ docker run \\\n> nginx\n\n<none>\n\n# inside\n$ docker exec -it web bash\n"
        "root@7c7428b9e5b6:/# false\nroot@7c7428b9e5b6:/# exit\nexit\n[1]\n",
    )
    run, enter, false, leave = transcript.exchanges
    assert [step.name for step in transcript.steps] == ["start", "inside"]
    assert run.command == ("docker run \\", "nginx")
    assert [output.text for output in run.output] == ["", "<none>"]
    assert (enter.in_shell, false.in_shell) == (True, False)
    assert false.prompt == "root@7c7428b9e5b6:/# "
    assert (run.status, leave.status) == (None, 1)


@pytest.mark.parametrize(
    ("text", "place", "what"),
    [
        ("", 1, "no command in this transcript"),
        ("# only a comment\n", 1, "no command in this transcript"),
        ("hello\n# a\n$ ls\n", 1, "output before the first prompt"),
        ("\n# a\n$ ls\n", 1, "output before the first prompt"),
        ("$ ls\n", 1, "a command before the first step"),
        ("# a\n$ ls\n\n# a\n$ ls\n", 4, "a second step «a»"),
        ("# Not A Name\n$ ls\n", 1, "is not a step name"),
        ("# a\n$ ls\n[1]\nmore\n", 3, "an exit status in the wrong place"),
        ("# a\n$ sh\n[1]\n/ # ls\n", 3, "an exit status in the wrong place"),
    ],
)
def test_what_is_wrong_is_said_with_its_line_and_a_remedy(text: str, place: int, what: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse(PATH, text)
    (problem, *_) = caught.value.problems
    assert (problem.line, what in problem.what) == (place, True), str(problem)
    assert problem.instead
