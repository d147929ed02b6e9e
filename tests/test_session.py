"""A session in a real shell on this machine, without a lab: typing, waiting, watching."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pyte
import pytest

from scripts import record
from scripts.session import Answer, Played, Session
from scripts.terminal import Closed, Paper, Terminal
from scripts.transcript import Transcript, parse

BASHRC = Path(__file__).parents[1] / "scripts" / "lab" / "bashrc"
PATH = Path("session.console")


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    shell = ["env", "-i", f"HOME={tmp_path}", "PATH=/usr/bin:/bin", "TERM=xterm-256color"]
    with Terminal([*shell, "bash", "--noprofile", "--rcfile", str(BASHRC), "-i"]) as terminal:
        terminal.wait(terminal.at_shell_prompt, time.monotonic() + 10)
        yield terminal


def play(terminal: Terminal, text: str, limit: float = 10) -> list[Played]:
    return play_all(terminal, parse(PATH, text), limit)


def play_all(
    terminal: Terminal, transcript: Transcript, limit: float = 10, recording: bool = False
) -> list[Played]:
    session = Session(terminal, transcript, recording)
    deadline = time.monotonic() + limit
    return [one for step in transcript.steps for one in session.play(step, deadline)]


def recorded(terminal: Terminal, text: str) -> Transcript:
    transcript = parse(PATH, text)
    return record.updated(transcript, play_all(terminal, transcript, recording=True))


def test_what_appears_and_how_it_ends_is_seen(terminal: Terminal) -> None:
    (one,) = play(
        terminal, "# a\n$ printf 'one\\n\\ntwo\\n'; exit_with() { return $1; }; exit_with 3\n"
    )
    assert one.answer.lines == ("one", "", "two")
    assert one.answer.status == 3


@pytest.mark.parametrize(
    "text",
    [
        "# a\n$ echo hello\nhello\n",
        "# a\n$ false\n[1]\n",
        "# a\n$ echo one; (exit 125)\none\n[125]\n",
        "# a\n$ printf 'no newline at the end'\nno newline at the end\n",
        "# a\n$ for word in a b; do\n> echo $word\n> done\na\nb\n",
        "# a\n$ cat <<END\n> first\n>\n> third\n> END\nfirst\n\nthird\n",
        "# a\n$ printf '50%%\\r100%%\\n'\n100%\n",
        "# a\n$ printf 'one\\ntwo\\n\\033[1A\\033[2KTWO\\n'\none\nTWO\n",
        "# a\n$ printf '\\033[1mbold\\033[0m é …\\n'\nbold é …\n",
        "# a\n$ printf '%0300d\\n' 0\n" + "0" * 300 + "\n",
        "# a\n$ stty size\n24 80\n",
        "# a\n$ printf '...\\n[1]\\n$ x\\n'\n\\...\n\\[1]\n\\$ x\n",
        "# a\n$ seq 100\n1\n...\n100\n",
        "# a\n$ cd /tmp\n\n# b\n$ pwd\n/tmp\n",
        "# a\n$ sleep 600 & echo started\n[1] 1234\nstarted\n$ kill %1\n".replace(
            "[1] 1234", "..."
        ),
    ],
)
def test_a_session_that_says_what_happens_passes(terminal: Terminal, text: str) -> None:
    for one in play(terminal, text):
        assert one.passed, (one.answer.lines, one.judgement.problems)
        assert replayed(one) == one.answer.lines


def replayed(one: Played) -> tuple[str, ...]:
    """What a screen shows on which the recording is played."""
    screen = Paper(lambda _: None)
    pyte.Stream(screen).feed("".join(text for _, text in one.recording))
    return tuple(screen.rows(0, screen.cursor.y + (screen.cursor.x > 0)))


def test_a_recording_says_when_each_line_appeared(terminal: Terminal) -> None:
    (one,) = play(terminal, "# a\n$ echo first; sleep 0.5; echo second\nfirst\nsecond\n")
    (early, first), (late, second) = one.recording
    assert (first.strip(), second.strip()) == ("first", "second")
    assert late - early >= 0.4


def test_what_a_program_shows_that_was_entered_is_recorded_without_its_prompts(
    terminal: Terminal,
) -> None:
    text = "# a\n$ python3 -q\n>>> print('inside')\ninside\n>>> exit()\n"
    for one in play(terminal, text):
        assert one.passed, one.judgement.problems
        assert replayed(one) == one.answer.lines


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("# a\n$ false\n", "exit status 1, where 0 is expected"),
        ("# a\n$ true\n[1]\n", "exit status 0, where 1 is expected"),
        ("# a\n$ (exit 2)\n[1]\n", "exit status 2, where 1 is expected"),
    ],
)
def test_another_exit_status_is_a_problem(terminal: Terminal, text: str, problem: str) -> None:
    (one,) = play(terminal, text)
    assert one.judgement.problems == (problem,)


def test_a_program_that_is_entered_has_its_own_prompt(terminal: Terminal) -> None:
    text = (
        "# in\n$ python3 -q\n>>> 6 * 7\n42\n>>> print('a\\n\\nb')\na\n\nb\n\n"
        "# out\n>>> exit(3)\n[3]\n$ echo back\nback\n"
    )
    for one in play(terminal, text):
        assert one.passed, (one.answer.lines, one.judgement.problems, one.answer.prompt)


LOG = "printf '>>> '; sleep 0.5; printf '1\\n'"


def test_a_prompt_in_a_log_is_not_taken_for_that_of_a_program(terminal: Terminal) -> None:
    text = f"# a\n$ {LOG}\n\\>>> 1\n\n# b\n$ python3 -q\n>>> exit()\n"
    for one in play(terminal, text):
        assert one.passed, (one.answer.lines, one.judgement.problems, one.answer.prompt)


def test_a_prompt_in_a_log_is_not_taken_for_one_that_anybody_waits_for(terminal: Terminal) -> None:
    session = Session(terminal, parse(PATH, "# a\n$ true\n"))
    session.expect([">>> "], ["Sure? "])
    deadline = time.monotonic() + 10
    assert session.ask(LOG, deadline).lines == (">>> 1",)
    assert session.ask("python3 -q", deadline).prompt == ">>> "
    assert session.ask("exit()", deadline, ">>> ").prompt == "$ "
    assert session.ask("read -p 'Sure? '", deadline).prompt == "Sure? "


def test_a_prompt_at_the_end_of_a_log_is_not_taken_for_that_of_a_program(
    terminal: Terminal,
) -> None:
    session = Session(terminal, parse(PATH, "# a\n$ true\n"))
    session.expect([">>> "], [])
    for _ in range(200):
        answer = session.ask("env printf '>>> '", time.monotonic() + 10)
        assert answer == Answer((">>> ",), 0, "$ ")


def test_a_program_that_reads_lines_is_entered_where_its_prompt_is_awaited(
    terminal: Terminal,
) -> None:
    text = "# a\n$ PS1='root@here:/# ' sh\nroot@here:/# echo hello\nhello\nroot@here:/# exit\n"
    for one in play(terminal, text):
        assert one.passed, (one.answer.lines, one.judgement.problems, one.answer.prompt)


def test_a_prompt_with_an_id_binds_it(terminal: Terminal) -> None:
    text = (
        "# in\n$ echo 0d0b4d65ed01\n7c7428b9e5b6\n"
        "$ PS1='root@0d0b4d65ed01:/# ' bash --norc\n"
        "root@7c7428b9e5b6:/# echo 0d0b4d65ed01\n7c7428b9e5b6\nroot@7c7428b9e5b6:/# exit\nexit\n"
    )
    # Typing the id makes it stand for itself, so the page must not call it by another.
    first, *_ = play(terminal, text)
    assert not first.passed
    for one in play(terminal, text.replace("7c7428b9e5b6", "0d0b4d65ed01")):
        assert one.passed, (one.answer.lines, one.judgement.problems)


def test_nothing_is_typed_into_a_program_that_was_not_expected(terminal: Terminal) -> None:
    played = play(terminal, "# a\n$ echo hello\n>>> exit()\n")
    assert len(played) == 1
    assert not played[0].ready
    assert "the prompt «>>> » was to follow, and «$ » appeared" in played[0].judgement.problems


def test_ctrl_c_is_pressed_once_the_lines_above_it_have_appeared(terminal: Terminal) -> None:
    (one,) = play(terminal, "# a\n$ sh -c 'echo ready; exec sleep 600'\nready\n^C\n[130]\n")
    assert one.passed, (one.answer.lines, one.judgement.problems)


STUBBORN = (
    'bash -c \'trap "((++n < 3)) || { echo enough; exit 1; }" INT; echo on;'
    " while :; do sleep 0.05; done'"
)


def test_ctrl_c_is_pressed_again_where_a_program_does_not_heed_it(terminal: Terminal) -> None:
    session = Session(terminal, parse(PATH, "# a\n$ true\n"))
    seen: list[str] = []
    before, answer = session.watch(
        STUBBORN,
        lambda: "on" in terminal.screen.display[1],
        0.1,
        time.monotonic() + 20,
        lambda: seen.append("once"),
        again=0.3,
    )
    assert seen == ["once"]
    assert (before, answer.lines[0], answer.lines[-1]) == (1, "on", "^C^C^Cenough")
    assert (answer.status, answer.prompt) == (1, "$ ")


def test_ctrl_c_ends_what_goes_on_in_a_program_that_was_entered(terminal: Terminal) -> None:
    session = Session(terminal, parse(PATH, "# a\n$ true\n"))
    session.expect(["in> "], [])
    deadline = time.monotonic() + 20
    session.ask("PS1='in> ' bash --norc --noprofile -i", deadline)
    before, answer = session.watch(
        "echo on; sleep 100", lambda: True, 0.1, deadline, lambda: None, "in> "
    )
    assert (before, answer.lines, answer.prompt) == (1, ("on", "^C"), "in> ")


def test_a_command_that_does_not_end_is_given_up_with_the_screen_so_far(terminal: Terminal) -> None:
    (one,) = play(terminal, "# a\n$ echo started; sleep 600\nstarted\n", limit=0.5)
    assert one.answer.prompt is None
    assert one.answer.lines == ("started",)
    assert "no prompt came back in time" in one.judgement.problems[0]


def test_a_shell_that_ends_is_noticed(terminal: Terminal) -> None:
    with pytest.raises(Closed):
        play(terminal, "# a\n$ exit\n")


def test_recording_fills_in_what_appeared(terminal: Terminal) -> None:
    text = "# a\n$ echo hello\n$ printf '...\\n'; false\n\n# b\n$ echo\n"
    assert recorded(terminal, text).write() == (
        "# a\n$ echo hello\nhello\n$ printf '...\\n'; false\n\\...\n[1]\n\n# b\n$ echo\n\n"
    )


def test_recording_changes_only_the_lines_that_do_not_match(terminal: Terminal) -> None:
    text = "# a\n$ seq 1 9; echo 5s; echo wrong\n1\n...\n9\n7s\nright\n"
    assert recorded(terminal, text).write() == text.replace("right", "wrong")


def test_recording_what_matches_changes_nothing(terminal: Terminal) -> None:
    text = "# a\n$ echo 0d0b4d65ed01; echo took 2s\n0d0b4d65ed01\ntook 9s\n"
    assert recorded(terminal, text).write() == text


def test_paper_is_as_long_as_what_is_written_on_it() -> None:
    paper = Paper(lambda _: None)
    for n in range(1000):
        paper.draw(str(n))
        paper.carriage_return()
        paper.linefeed()
    assert paper.rows(0, 1000) == [str(n) for n in range(1000)]


def test_a_program_that_asks_where_the_cursor_is_gets_an_answer() -> None:
    answers: list[bytes] = []
    paper = Paper(answers.append)
    paper.draw("/ # ")
    paper.report_device_status(6)
    assert answers == [b"\x1b[1;5R"]


def test_a_question_in_a_log_is_not_answered_to_the_shell(terminal: Terminal) -> None:
    """The log of a shell has such questions; what answered them would be typed at the prompt."""
    for one in play(terminal, "# a\n" + "$ printf '\\033[6n'\n$ echo hello\nhello\n" * 5):
        assert one.passed, one


def test_a_program_that_reads_key_by_key_gets_its_answer(terminal: Terminal) -> None:
    # As shells do it: who asks before it reads key by key may be taken for a log.
    asks = (
        "bash -c 'stty -icanon -echo; printf \\\\033[6n; IFS= read -rd R answer;"
        " stty icanon echo; echo got ${#answer}'"
    )
    (one,) = play(terminal, f"# a\n$ {asks}\ngot 5\n")
    assert one.passed, one


def test_a_shell_has_ended_once_its_terminal_is_closed_whoever_started_it() -> None:
    """Left to the machine's first process, it may stay for a second, and its lab with it."""
    started = r"import subprocess; subprocess.run(['bash', '-c', 'echo $$-; read'])"
    with Terminal([sys.executable, "-c", started]) as terminal:
        said = re.compile(r"(\d+)-")
        wait = time.monotonic() + 10
        found = terminal.wait(lambda: said.search(terminal.screen.rows(0, 1)[0]), wait)
    assert not Path("/proc", found[1]).exists()
