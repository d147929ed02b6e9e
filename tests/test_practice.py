"""Practices: goals, what is explored of them, and the terminal that answers from it."""

from __future__ import annotations

import json
import random
import re
import shutil
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from difflib import get_close_matches
from functools import partial
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import UnixStreamServer
from threading import Condition, Thread
from typing import ClassVar, NamedTuple, cast

import pytest
from playwright.sync_api import Locator, Page, expect

from scripts import example, exercises, inspection, practice
from scripts.asking import CONFLICT, SHELLS, SURE, Asking, alike, name_taken, says_who
from scripts.desk import Progress
from scripts.effect import Effect, hangs_on, standstills
from scripts.errors import BadInput, MachineError
from scripts.example import LANGUAGES, Example
from scripts.explore import Explorer, explore
from scripts.graph import FOLDER, Answer, Graph, Said, load
from scripts.inspection import observe
from scripts.kinds import shape
from scripts.lab import host
from scripts.lab.bench import Bench
from scripts.lab.lab import Lab
from scripts.manual import NOBODY, Manual
from scripts.page import pages as read_pages
from scripts.place import At
from scripts.practice import Exercise, Goal
from scripts.session import Session
from scripts.site import build
from scripts.state import Account, Container, Image, Volume, bound
from scripts.terminal import Terminal
from scripts.transcript import SHELL_PROMPT
from scripts.verify import Verifier, session_in, type_step
from scripts.walk import await_servers
from tests.conftest import ROOT, Handler, Run, Write, serving, wait_for

SLUG = "practice-a-web-server"
SESSION = """\
# prepare
$ docker pull hello-world
...

# run
$ docker run --name one hello-world
...

# remove
$ docker rm one
one
"""
WORDS = 'title = "t"\nsituation = "s"\nremember = "r"\n'
PRACTICE = f"""\
begins = "run"
turns = ["docker run --name two hello-world", "docker ps -q", "docker rm two"]
[fr]
{WORDS}
[en]
{WORDS}
[[goals]]
fr = "un"
en = "one has ended"
container = "one"
state = "exited"
hint = {{ fr = "i", en = "h" }}
[[goals]]
fr = "deux"
en = "one is gone"
container = "one"
absent = true
hint = {{ fr = "i", en = "h" }}
"""


def goal(**condition: object) -> Goal:
    return Goal.model_validate(
        {"fr": "but", "en": "goal", "hint": {"fr": "i", "en": "h"}, **condition}
    )


def container(digit: str, name: str = "web") -> Container:
    return Container(
        id=digit * 64,
        name=name,
        image="nginx",
        state="running",
        ports=("0.0.0.0:8080->80/tcp",),
        mounts=("data:/data",),
    )


@pytest.mark.parametrize(
    ("condition", "met"),
    [
        ({"container": "web"}, True),
        ({"container": "web", "state": "exited"}, False),
        ({"container": "web", "image": "nginx", "port": "8080->80"}, True),
        ({"container": "web", "port": "80->80"}, False),
        ({"container": "web", "mount": "data:/data"}, True),
        ({"container": "web", "absent": True}, False),
        ({"container": "other", "absent": True}, True),
        ({"image": "nginx"}, True),
        ({"volume": "data"}, False),
        ({"printed": "Welcome"}, True),
        ({"address": "http://localhost:8080", "shows": "Hello"}, True),
    ],
)
def test_a_goal_is_met_by_what_the_engine_says_of_itself(
    condition: dict[str, object], met: bool
) -> None:
    account = Account(
        containers=(container("a"),),
        images=(Image(id="b" * 64, names=("nginx",)),),
        answers={"http://localhost:8080": "Hello"},
    )
    assert goal(**condition).met(account, "Welcome to nginx!") is met


def test_a_line_of_its_own_is_not_a_part_of_one() -> None:
    shown = goal(printed="\nbread\n")
    assert shown.met(Account(), "milk\r\nbread\r\n")
    assert shown.met(Account(), "bread")
    assert not shown.met(Account(), 'alpine   "sh -c \'echo bread > …"   2 seconds ago')


def test_two_states_are_one_where_only_ids_and_made_up_names_differ() -> None:
    one = Account(containers=(container("a"), container("b", "happy_moser")))
    other = Account(containers=(container("c"), container("d", "sad_wu")))
    assert one.key == other.key
    bindings = bound(one, other)
    assert bindings.to_seen(f"{'a' * 12} {'b' * 64} happy_moser") == f"{'c' * 12} {'d' * 64} sad_wu"
    assert one.key != Account(containers=(container("a", "wbe"), container("b", "happy_moser"))).key


def test_two_states_differ_where_a_reader_would_see_it_later() -> None:
    stopped = container("a").model_copy(update={"state": "exited", "ports": ()})
    published, hidden = (stopped.model_copy(update={"made": made}) for made in ("ggg", "hhh"))
    assert Account(containers=(published,)).key != Account(containers=(hidden,)).key
    empty, written = (
        Volume(name="notes", content=word) for word in ("qqmhurmmkpkj", "rhvknorolvtl")
    )
    assert Account(volumes=(empty,)).key != Account(volumes=(written,)).key
    assert Account(files="qqmhurmmkpkj").key != Account(files="rhvknorolvtl").key
    assert Account().key != Account(cache=("[2/2] COPY index.html /",)).key


class Machine:
    """As much of a lab as has files."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def path(self, inside: str) -> Path:
        return self._root / inside.lstrip("/")


def test_what_a_reader_writes_is_another_state_and_what_docker_keeps_for_itself_is_not(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "home/reader/example"
    folder.mkdir(parents=True)
    machine = cast(Lab, Machine(tmp_path))
    seen = [inspection.files(machine)]
    for change in (
        partial((folder / "index.html").write_text, "Hello"),
        partial((folder / "index.html").write_text, "Hallo"),
        partial((folder / "index.html").chmod, 0o600),
        partial((folder / "link").symlink_to, "/"),  # which is not followed, out of the lab
    ):
        change()
        seen.append(inspection.files(machine))
    assert len(set(seen)) == len(seen)
    (folder.parent / ".docker").mkdir()
    (folder.parent / ".docker/buildx").write_text("now")
    (folder.parent / "all").symlink_to("/")
    assert inspection.files(machine) == seen[-1]


def test_an_engine_that_does_not_answer_is_the_machines_fault_and_no_pages(tmp_path: Path) -> None:
    with pytest.raises(MachineError, match="the engine does not say what it has"):
        observe(cast(Lab, Machine(tmp_path)), ())


class Overworked(BaseHTTPRequestHandler):
    """An engine that cannot say now what it has."""

    def do_GET(self) -> None:
        self.send_error(500)

    def address_string(self) -> str:
        return "a socket"


def test_what_an_engine_cannot_say_now_is_not_taken_for_gone() -> None:
    with tempfile.TemporaryDirectory() as folder:  # short: the path of a socket may not be long
        (Path(folder) / "run").mkdir()
        with UnixStreamServer(f"{folder}/run/docker.sock", Overworked) as engine:
            Thread(target=engine.handle_request, daemon=True).start()  # one question, one answer
            with pytest.raises(MachineError, match=r"containers/json.*: 500"):
                observe(cast(Lab, Machine(Path(folder))), ())


class Removing(BaseHTTPRequestHandler):
    """An engine that has listed a container and is removing it."""

    SAYS: ClassVar = {
        "/containers/json?all=1": [{"Id": "c", "Ports": []}],
        "/containers/c/json": {"State": {"Dead": True}, "GraphDriver": {"Data": None}},
        "/volumes": {"Volumes": None},
        "/system/df?type=build-cache": {"BuildCache": None},
    }
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        said = json.dumps(self.SAYS.get(self.path, [])).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def address_string(self) -> str:
        return "a socket"


def test_a_container_that_is_being_removed_is_taken_for_gone() -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "run").mkdir()
        with UnixStreamServer(f"{folder}/run/docker.sock", Removing) as engine:
            Thread(target=engine.handle_request, daemon=True).start()  # one connection
            assert observe(cast(Lab, Machine(Path(folder))), ()).containers == ()


@pytest.mark.parametrize(
    ("old", "new", "line", "what"),
    [
        ('begins = "run"', 'begins = "rum"', 1, "«rum» is no step of session.console"),
        ('state = "exited"', 'volume = "v"', 13, "goal 1 is about container and volume"),
        ('container = "one"\nabsent', "absent", 19, "goal 2 is about nothing"),
        ('state = "exited"', 'state = "gone"', 17, "«goals.0.state»"),
    ],
)
def test_what_is_wrong_with_a_practice_is_said_with_its_line(
    run: Run, write: Write, old: str, new: str, line: int, what: str
) -> None:
    folder = write(SESSION)
    assert PRACTICE.count(old) == 1
    (folder / "practice.toml").write_text(PRACTICE.replace(old, new))
    done = run("explore", "--examples", folder.parent)
    assert done.returncode == 2
    assert f"{folder}/practice.toml:{line}: {what}" in done.stderr


class Waiting(Thread):
    """Another lab, that waits for something to do."""

    def __init__(self, what: Callable[[], int | None]) -> None:
        super().__init__(daemon=True)
        self._what = what
        self.found: int | None = None

    def run(self) -> None:
        self.found = self._what()


def test_what_is_asked_in_a_state_does_not_hang_on_which_lab_came_there_first(write: Write) -> None:
    folder = write(SESSION)
    (folder / "practice.toml").write_text(PRACTICE)
    (exercise,) = practice.load_all([example.load(folder)])
    explorer = Explorer(cast(Verifier, None), exercise, Manual(), Condition())
    run, off = "docker run --name one hello-world", "docker ps -q"
    start, one, beyond = (
        At(Account(files=kind * 12), SHELL_PROMPT, "") for kind in ("q", "r", "s")
    )
    explorer.begin(start)

    def reached(at: At, before: int, by: str) -> int:
        n = explorer.number(at, explorer.place(before), by)
        assert n is not None
        answer = Answer(typed=by, output=(), status=0, to=n)
        explorer.answered(explorer.place(before), answer)
        return n

    there = reached(one, 0, off)
    further = reached(beyond, there, run)
    assert [explorer.place(n).astray for n in (there, further)] == [1, 1]
    explorer.place(there).todo.clear()
    # Another lab comes the right way.
    assert reached(one, 0, run) == there
    assert [explorer.place(n).astray for n in (there, further)] == [0, 0]
    assert [move.command for move in explorer.place(further).way] == [run, run]
    todo = explorer.place(there).todo
    assert "docker rm two" in todo
    assert run not in todo  # which has been answered


def test_a_lab_with_nothing_left_to_type_waits_for_what_others_may_find(write: Write) -> None:
    folder = write(SESSION)
    (folder / "practice.toml").write_text(PRACTICE)
    (exercise,) = practice.load_all([example.load(folder)])
    explorer = Explorer(cast(Verifier, None), exercise, Manual(), Condition())
    start, beyond = (At(Account(files=kind * 12), SHELL_PROMPT, "") for kind in ("q", "r"))
    explorer.begin(start)
    explorer.goes(0)
    explorer.place(0).todo.clear()
    waiting = Waiting(lambda: explorer.aim(60.0))
    waiting.start()
    assert explorer.number(beyond, explorer.place(0), "docker ps -q") == 1
    waiting.join(30.0)
    assert waiting.found == 1
    # Where nobody is under way any more, nothing will be found.
    explorer.place(1).todo.clear()
    explorer.goes(None)
    assert explorer.aim(60.0) is None


@pytest.mark.engine
def test_every_turn_is_answered_in_every_state_that_it_leads_to(
    run: Run, write: Write, kept: None
) -> None:
    folder = write(SESSION)
    graph = explored_now(folder, run)
    states = [
        (sorted(c.name for c in state.account.containers), state.prompt) for state in graph.states
    ]
    assert states[0] == ([], SHELL_PROMPT)
    at_the_shell = sorted(names for names, prompt in states if prompt == SHELL_PROMPT)
    assert at_the_shell == [[], ["one"], ["one", "two"], ["two"]]
    # `docker container prune` asks whether one is sure, where there is something to remove.
    asked = sorted(names for names, prompt in states if prompt.endswith("[y/N] "))
    assert asked == [["one"]]  # off the right way it is not typed
    for state in graph.states:
        answers = {answer.typed: answer for answer in state.answers}
        if state.prompt == SHELL_PROMPT:  # also where the reader has taken a wrong turn before
            assert answers["docker ps -q"].status == 0
        else:  # Docker takes Ctrl-C for a no
            assert {*answers} == {"y", "n", "^C"}
            assert graph.states[answers["^C"].to].account.key == state.account.key
            assert graph.states[answers["^C"].to].prompt == SHELL_PROMPT
    start = {answer.typed: answer for answer in graph.states[0].answers}
    assert "Hello from Docker!" in start["docker run --name one hello-world"].output
    assert start["docker rm one"].output == ("Error response from daemon: No such container: one",)
    assert graph.states[start["docker run --name one hello-world"].to].met == (0,)
    again = run("explore", "--examples", folder.parent)
    assert again.stdout.startswith("1 practice, 1 of them unchanged: 5 states")


def explored_now(folder: Path, run: Run) -> Graph:
    """What comes of exploring the practice of an example that has none yet."""
    (folder / "practice.toml").write_text(PRACTICE)
    done = run("explore", "--examples", folder.parent)
    assert done.returncode == 0, done.stderr
    return explored(folder)


class Asked(NamedTuple):
    """A new engine, which is asked what the page takes for the same, and its example's folder."""

    folder: Path
    lab: Lab
    session: Session

    def answers(self, line: str, prompt: str = SHELL_PROMPT) -> tuple[tuple[str, ...], int | None]:
        """What it shows, and the exit status."""
        answer = self.session.ask(line, time.monotonic() + 60, prompt)
        return answer.lines, answer.status

    def account(self) -> Account:
        """What it has."""
        return observe(self.lab, ())


@pytest.fixture
def asked(stand_ins: Bench, write: Write) -> Iterator[Asked]:
    folder = write(SESSION)
    chosen = example.load(folder)
    verifier = Verifier(stand_ins, lambda *_: None)
    with verifier.lab(chosen) as lab, session_in(lab, chosen) as session:
        session.expect(SHELLS, [SURE])
        yield Asked(folder, lab, session)


@pytest.mark.engine
def test_of_what_is_not_there_an_engine_says_the_same_whatever_it_is_called(
    asked: Asked, run: Run, kept: None
) -> None:
    strangers = [
        said for said in explored_now(asked.folder, run).anywhere if NOBODY in said.typed.split()
    ]
    assert len(strangers) > 30
    asked.answers("docker run -d --name web nginx")
    asked.answers("touch other")
    for said in strangers:
        for name in ("elegant_austin", "a7e8"):
            shown = tuple(text.replace(NOBODY, name) for text in said.output)
            assert asked.answers(said.typed.replace(NOBODY, name))[0] == shown
    # No program of a system is called so much like «docker» that it is taken for a slip.
    programs = asked.lab.run("bash", "-c", "compgen -c").split()
    like = get_close_matches("docker", {*programs}, n=20, cutoff=0.7)
    assert all(one.startswith("docker") for one in like), like


@pytest.mark.engine
def test_an_engine_says_the_same_of_any_letter_that_is_no_option(
    asked: Asked, run: Run, kept: None
) -> None:
    said = {one.typed: one for one in explored_now(asked.folder, run).anywhere}
    assert said["docker rm -z"].output[0] == "unknown shorthand flag: 'z' in -z"
    letters = {typed: one for typed, one in said.items() if typed.endswith(" -z")}
    assert len(letters) > 20
    for typed, one in letters.items():
        shown = tuple(text.replace("in -z", "in -z8080:80") for text in one.output)
        assert asked.answers(f"{typed}8080:80 --nosuch") == (shown, one.status)


@pytest.mark.engine
def test_where_nothing_is_published_nobody_answers_whatever_the_port(asked: Asked) -> None:
    ((refused,), _) = asked.answers("curl http://localhost:8080")
    for port in ("22", "80", "443", "3000", "5000", "8000", "9090"):
        ((shown,), status) = asked.answers(f"curl localhost:{port}")
        assert shape(shown) == shape(refused.replace("localhost:8080", f"localhost:{port}"))
        assert status == 7


@pytest.mark.engine
def test_a_log_is_followed_while_its_container_runs_and_its_last_lines_are_those_of_the_whole_one(
    asked: Asked,
) -> None:
    asked.answers("docker run --name one hello-world")
    whole, _ = asked.answers("docker logs one")
    for options, last in (("--tail 0", 0), ("-n 5", 5), ("-f --tail 100", 100), ("-f", 100)):
        shown = whole[max(0, len(whole) - last) :]
        assert asked.answers(f"docker logs {options} one") == (shown, 0)
    asked.answers("docker run -d --name web nginx")
    until = time.monotonic() + 60
    wait_for(lambda: asked.answers("docker logs web")[0])
    whole, _ = asked.answers("docker logs web")
    before, followed = asked.session.watch(
        "docker logs -f web", lambda: True, 1, until, lambda: None
    )
    assert (before, followed.lines, followed.status) == (len(whole), (*whole, "^C"), 130)


@pytest.mark.engine
def test_plugins_take_letters_that_their_help_does_not_list(stand_ins: Bench) -> None:
    (exercise,) = practice.load_all([example.load(ROOT / "examples" / "practice-with-compose")])
    hidden = "docker compose exec -it cache redis-cli ping"
    with (
        Verifier(stand_ins, lambda *_: None).lab(exercise.example) as lab,
        session_in(lab, exercise.example) as session,
    ):
        session.ask("docker compose up -d", time.monotonic() + 60)
        assert session.ask(hidden, time.monotonic() + 60).lines == ("PONG",)
        manual = Manual()
        commands = manual.commands(lab, {hidden, "docker ps"})
        asked = {one.typed for one in manual.anywhere(session, commands)}
    assert "docker ps -z" in asked
    assert "docker compose exec -z" not in asked


@pytest.mark.engine
def test_an_engine_shows_a_pipe_what_it_shows_a_reader(asked: Asked) -> None:
    asked.answers("docker run --name one hello-world")
    asked.answers("docker run -d --name web -p 8080:80 nginx")
    wait_for(lambda: asked.answers("curl -s localhost:8080")[1] == 0)
    for line in (
        *("docker images", "docker inspect one", "docker volume ls", "docker network ls"),
        *("docker history nginx", "curl -s localhost:8080", "docker exec web ls /"),
        *("docker exec web env", "docker exec web cat /etc/os-release"),
    ):
        whole, _ = asked.answers(line)
        assert asked.answers(f"{line} | head") == (whole[:10], 0)
        assert asked.answers(f"{line} | head -2 | tail -n1") == (whole[:2][-1:], 0)
        assert asked.answers(f"{line} | tail -n 3") == (whole[-3:], 0)
        assert asked.answers(f"{line} | wc -l") == ((str(len(whole)),), 0)
        for word in ("hello", "nosuch"):
            let = tuple(text for text in whole if word in text)
            assert asked.answers(f"{line} | grep {word}") == (let, int(not let))
        let = tuple(text for text in whole if "name" in text.lower())
        assert asked.answers(f"{line} | grep -i NAME") == (let, int(not let))


@pytest.mark.engine
def test_an_engine_answers_with_the_status_that_its_headers_tell(asked: Asked) -> None:
    asks = 'curl -s -o /dev/null -w "%{http_code}\\n" http://localhost:8080'
    assert asked.answers(asks) == (("000",), asked.answers("curl -i http://localhost:8080")[1])
    asked.answers("docker run -d --name web -p 8080:80 nginx")
    wait_for(lambda: asked.answers("curl -s localhost:8080")[1] == 0)
    for page, status in (("", "200"), ("/nosuch", "404")):
        for option in ("-i", "-I"):
            headers, _ = asked.answers(f"curl {option} http://localhost:8080{page}")
            assert headers[0].split()[1] == status
        assert asked.answers(asks + page) == ((status,), 0)


@pytest.mark.engine
def test_an_image_of_other_contents_is_another_and_so_is_its_container(asked: Asked) -> None:
    asked.answers("docker pull -q alpine")
    asked.answers("printf 'FROM alpine\\nCOPY a /a\\n' > Dockerfile")

    def built(text: str) -> tuple[str, str]:
        asked.answers(f"echo {text} > a")
        assert asked.answers("docker build -q --no-cache -t page .")[1] == 0
        asked.answers("docker rm -f one; docker create --name one page")
        account = asked.account()
        (image,) = (one for one in account.images if "page:latest" in one.names)
        (container,) = account.containers
        return image.made, container.made

    one, same, other = built("one"), built("one"), built("two")
    assert one == same
    assert all(there != here for there, here in zip(one, other, strict=True))


@pytest.mark.engine
def test_an_engine_shows_what_is_around_a_word_as_the_page_does(asked: Asked) -> None:
    asked.answers("docker run --name one hello-world")
    whole, _ = asked.answers("docker inspect one")
    shown: list[str] = []
    last = None
    for n in (n for n in range(len(whole)) if "Name" in "".join(whole[max(0, n - 2) : n + 2])):
        shown += [whole[n]] if last in (None, n - 1) else ["--", whole[n]]
        last = n
    assert shown.count("--") > 1
    assert asked.answers("docker inspect one | grep -B1 -A 2 Name") == (tuple(shown), 0)


@pytest.mark.engine
def test_an_engine_takes_several_spellings_for_one_command(asked: Asked) -> None:
    asked.answers("docker network create shop")
    asked.answers("docker run -d --name web --network shop nginx")
    fetches = "docker run --rm --network shop alpine wget"
    wait_for(lambda: asked.answers(f"{fetches} -qO- http://web")[1] == 0)
    page = asked.answers(f"{fetches} -qO- http://web")
    for options in ("-qO- http://web/", "-qO - http://web", "-q -O - http://web", "-q -O- web:80"):
        assert asked.answers(f"{fetches} {options}") == page
    assert asked.answers("docker exec web curl -s web:80") == page
    folder = "/usr/share/nginx/html"
    for lists in ("ls", "ls -l", "ls -la"):
        listed = asked.answers(f"docker exec web {lists} {folder}")
        assert asked.answers(f"docker exec web {lists} {folder}/") == listed
    assert (
        asked.answers("docker exec web curl -s http://localhost")
        == asked.answers("docker exec web curl -s http://127.0.0.1")
        == (page[0], 0)
    )
    in_vain = asked.answers("docker run --rm alpine ping -c 1 web")
    assert in_vain == asked.answers("docker run --rm alpine ping -c 4 web")
    asked.answers("printf 'one\\ntwo\\n' > a; printf 'three\\n' > b")
    assert asked.answers("cat a b") == (("one", "two", "three"), 0)


@pytest.mark.engine
def test_an_engine_says_the_same_of_any_command_that_a_kind_has_not(asked: Asked) -> None:
    for kind in ("container", "image", "volume", "network", "system", "compose"):
        unknown, status = asked.answers(f"docker {kind} nosuch")
        shown = tuple(text.replace("nosuch", "add") for text in unknown)
        assert asked.answers(f"docker {kind} add shop") == (shown, status)


@pytest.mark.engine
def test_an_engine_takes_an_id_of_an_image_for_its_name(asked: Asked) -> None:
    for line in ("docker history", "docker image inspect", "docker rmi"):
        asked.answers("docker pull -q alpine")
        ((ident,), _) = asked.answers("docker images -q alpine")
        by_name = asked.answers(f"{line} alpine")
        asked.answers("docker pull -q alpine")
        assert [shape(text) for text in asked.answers(f"{line} {ident}")[0]] == [
            shape(text) for text in by_name[0]
        ]


@pytest.mark.engine
def test_an_engine_lists_in_brief_what_it_lists(asked: Asked) -> None:
    asked.answers("docker run --name one hello-world")
    asked.answers("docker run -d --name web -v notes:/notes nginx")
    for line, column in (
        *(("docker ps", 0), ("docker ps -a", 0), ("docker network ls", 0)),
        ("docker volume ls", 1),
    ):
        (_, *rows), _ = asked.answers(line)
        assert asked.answers(f"{line} -q") == (tuple(one.split()[column] for one in rows), 0)


@pytest.mark.engine
def test_an_engine_takes_a_container_for_an_image_in_vain(asked: Asked) -> None:
    asked.answers("docker run --name one hello-world")
    said, status = asked.answers("docker run nosuch")
    for options in ("-d --name two", "--rm -it -p 8080:80", "--name one -v notes:/notes"):
        shown = tuple(text.replace("nosuch", "one") for text in said)
        assert asked.answers(f"docker run {options} one ls") == (shown, status)
    assert asked.answers("docker volume ls -q") == ((), 0)


@pytest.mark.engine
def test_an_engine_removes_what_has_ended_with_force_as_without(
    asked: Asked,
) -> None:
    empty = asked.account().key
    for made in ("run --name one hello-world", "create --name one hello-world"):
        for removed in ("docker rm one", "docker rm -f one"):
            asked.answers(f"docker {made}")
            assert asked.answers(removed) == (("one",), 0)
            assert not asked.account().containers
    asked.answers("docker rmi hello-world")
    assert asked.account().key == empty


@pytest.mark.engine
def test_an_engine_removes_a_volume_that_is_there_with_force_as_without(asked: Asked) -> None:
    asked.answers("docker run -d --name one -v notes:/notes nginx")
    used, status = asked.answers("docker volume rm notes")
    assert "volume is in use" in used[0]
    assert asked.answers("docker volume rm -f notes") == (used, status)
    asked.answers("docker rm -f one")
    ((nameless,), _) = asked.answers("docker volume create")
    assert asked.answers(f"docker volume rm {nameless}") == ((nameless,), 0)
    for removed in ("docker volume rm notes", "docker volume rm -f notes"):
        asked.answers("docker volume create notes")
        assert asked.answers(removed) == (("notes",), 0)
        assert asked.answers("docker volume ls -q") == ((), 0)


@pytest.mark.engine
def test_an_engine_does_unasked_what_it_does_after_a_yes(asked: Asked) -> None:
    for made, what in (
        ("docker run --name one alpine", "container prune"),
        ("docker volume create notes", "volume prune --all"),
        ("docker volume create notes", "volume prune"),
        ("docker pull -q alpine", "image prune -a"),
        ("docker pull -q alpine", "image prune"),
        ("docker network create shop", "network prune"),
        ("docker run --name one alpine", "system prune"),
    ):
        asked.answers(made)
        asked.answers(f"docker {what}")
        yes, status = asked.answers("y", SURE)
        there = asked.account()
        asked.answers(made)
        unasked = asked.answers(f"docker {what} -f")
        assert ([*map(shape, unasked[0])], unasked[1]) == ([*map(shape, yes)], status), what
        assert asked.account().key == there.key


@pytest.mark.engine
def test_an_engine_takes_for_a_no_whatever_is_not_yes(asked: Asked) -> None:
    asked.answers("docker run --name one hello-world")
    for question in ("container prune", "volume prune", "image prune", "system prune"):
        asked.answers(f"docker {question}")
        refused = asked.answers("n", SURE)
        for other in ("docker ps", "yes", "o"):
            asked.answers(f"docker {question}")
            assert asked.answers(other, SURE) == refused
    assert [one.name for one in asked.account().containers] == ["one"]


@pytest.mark.engine
def test_an_engine_refuses_a_name_that_is_taken_whatever_else_is_asked_for(
    asked: Asked,
) -> None:
    asked.answers("docker run --name one hello-world")
    account = asked.account()
    refused = asked.answers("docker run --name one hello-world")
    assert CONFLICT.format("one") in "".join(refused[0])
    for options in (
        "-d --name one -p 8080:80",
        "-it --rm --name one -p 80 -v notes:/notes",
        "--network nosuch --name one -v ./site:/site:ro",
    ):
        line = f"docker run {options} hello-world sh"
        assert name_taken(line, account) == "one"
        assert asked.answers(line) == refused
    for line in (
        "docker run --name two hello-world",
        "docker run --name one -p 80 -p x:y hello-world",
        "docker run --name one nosuch",
        "docker run --name one hello-world | head -n 1",
    ):
        assert not name_taken(line, account)


@pytest.mark.engine
def test_compose_says_the_same_by_its_own_name_and_docker_is_not_in_a_container(
    asked: Asked,
) -> None:
    asked.answers("echo 'services: {web: {image: nginx}}' >compose.yaml")
    for line in ("version", "ps", "config", "nosuch"):
        assert asked.answers(f"docker-compose {line}") == asked.answers(f"docker compose {line}")
    for entered, prompt in (("nginx bash", SHELLS[0]), ("alpine sh", SHELLS[1])):
        asked.answers(f"docker run -it --rm {entered}")
        missing = asked.answers("docker ps", prompt)
        assert "docker" in missing[0][0]
        for line in ("docker", "docker run -it 'nginx'", "docker logs web --follow"):
            assert asked.answers(line, prompt) == missing
        asked.answers("exit", prompt)


@pytest.mark.engine
def test_a_lab_from_which_no_way_leads_back_is_emptied_and_begins_over(
    stand_ins: Bench, write: Write
) -> None:
    old = "# old\n$ docker run --name old hello-world\n...\n\n"
    folder = write(SESSION.replace("# run\n", f"{old}# run\n"))
    text = PRACTICE.replace('"docker ps -q", "docker rm two"', '"docker rm old"')
    (folder / "practice.toml").write_text(text)
    (exercise,) = practice.load_all([example.load(folder)])
    labs: list[Lab] = []

    class Counting(Verifier):
        @contextmanager
        def lab(self, example: Example) -> Iterator[Lab]:
            with super().lab(example) as lab:
                labs.append(lab)
                yield lab

    verifier = Counting(stand_ins, lambda *_: None)
    (alone,) = explore(verifier, stand_ins, [exercise], 1)
    assert len(labs) == 2  # the second is asked what is the same anywhere
    (helped,) = explore(verifier, stand_ins, [exercise], 3)
    assert isinstance(alone, Graph)
    assert isinstance(helped, Graph)
    assert _answered(alone) == _answered(helped)


def _answered(graph: Graph) -> set[tuple[object, ...]]:
    """What leads on where, whatever the states are numbered and things are called.

    What changes nothing is typed wherever a lab came first, for all states that it holds for.
    """
    return {
        (state.account.key, shape(state.prompt), one.typed, one.status)
        for n, state in enumerate(graph.states)
        for one in state.answers
        if one.to != n
    }


@pytest.mark.engine
def test_what_was_done_in_a_lab_is_undone(stand_ins: Bench, write: Write) -> None:
    chosen = example.load(write(SESSION))
    verifier = Verifier(stand_ins, lambda *_: None)
    with verifier.lab(chosen) as lab, session_in(lab, chosen) as session:

        def types(*lines: str) -> None:
            for line in lines:
                assert session.ask(line, time.monotonic() + 60).status == 0, line

        types("docker run -d --name web nginx", "docker run --name one hello-world")
        before = observe(lab, ())
        for lines in (
            ("docker run -d --name two -v notes:/notes redis", "docker network create shop"),
            ("docker volume create other", "docker tag nginx mine:2"),
            ("docker stop web", "docker rename web old"),
            tuple(f"echo -e 'FROM nginx\\nUSER {n}' | docker build -t mine -" for n in (1, 2)),
        ):
            types(*lines)
            now = observe(lab, ())
            assert now.key != before.key
            inspection.undo(lab, before, now)
            assert observe(lab, ()).key == before.key
        types("docker rm one")
        inspection.undo(lab, before, observe(lab, ()))
        assert observe(lab, ()).key != before.key  # it is gone, and that is for the caller to see


@pytest.mark.engine
def test_a_volume_that_each_start_leaves_behind_leads_on_twice_and_no_further(
    run: Run, write: Write, kept: None
) -> None:
    typed = ("docker run -d --name one redis", "docker stop one", "docker rm one")
    steps = (f"# step-{n}\n$ {line}\n...\n" for n, line in enumerate(("docker pull redis", *typed)))
    folder = write("\n".join(steps))
    text = PRACTICE.replace('begins = "run"', 'begins = "step-1"').replace("exited", "running")
    text = re.sub("turns = .*", "states = 2", text)
    (folder / "practice.toml").write_text(text)
    done = run("explore", "--examples", folder.parent)
    assert done.returncode == 0, done.stderr
    states = explored(folder).states
    assert {len(state.account.volumes) for state in states} == {0, 1, 2}
    # redis writes the time into its volume when it ends, and yet all are reached again.
    for state in states:
        if len(state.account.volumes) < 2 and state.prompt == SHELL_PROMPT:
            assert set(typed) <= {answer.typed for answer in state.answers}


@pytest.mark.engine
@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('state = "exited"', "absent = true", "the start already meets the first goal"),
        ('state = "exited"', 'state = "running"', "does not reach the goal «one has ended»"),
    ],
)
def test_a_goal_that_is_met_at_the_start_or_never_is_refused(
    run: Run, write: Write, kept: None, old: str, new: str, what: str
) -> None:
    folder = write(SESSION)
    (folder / "practice.toml").write_text(PRACTICE.replace(old, new, 1))
    done = run("explore", "--examples", folder.parent)
    assert done.returncode == 2
    assert f"{folder}/practice.toml:13: " in done.stderr
    assert what in done.stderr


@pytest.mark.engine
def test_at_a_desk_goals_are_said_to_be_reached_as_one_types(write: Write, done: None) -> None:
    folder = write(SESSION)
    (folder / "practice.toml").write_text(PRACTICE)
    command = [sys.executable, "-m", "scripts", "practise", "sample", "--language", "en"]
    with Terminal([*command, "--examples", str(folder.parent)]) as terminal:

        def shows(*texts: str) -> None:
            def there() -> bool | None:
                shown = "\n".join(terminal.screen.rows(0, terminal.screen.lines))
                return all(text in shown for text in texts) or None

            terminal.wait(there, time.monotonic() + 120)

        shows("Goals, one after the other\n", "1. one has ended", "2. one is gone", "\n$")
        terminal.type("docker run --name one hello-world")
        shows("Hello from Docker!", "✓ one has ended")
        terminal.type("hint")
        shows("$ hint\n  h\n")
        terminal.screen.reset()
        terminal.type("reset")
        shows("1. one has ended", "2. one is gone", "\n$")
        terminal.type("docker rm -f one; docker run --name one hello-world")
        shows("✓ one has ended")
        terminal.type("docker rm one")
        shows("✓ one is gone", "All goals are reached.")
        terminal.type("next")
        shows("All practices are done")


@pytest.mark.parametrize(
    ("goals", "line", "what"),
    [
        ("[[exercises.print-a-lime]]\n", 2, "«print-a-lime» is no exercise; choose from: print-a-"),
        ("", 1, "«print-a-line» has no goals; add [[exercises.print-a-line]]"),
    ],
)
def test_goals_of_no_exercise_and_an_exercise_without_goals_are_named(
    tmp_path: Path, goals: str, line: int, what: str
) -> None:
    folder = tmp_path / "exercises-containers"
    shutil.copytree(ROOT / "examples" / folder.name, folder)
    words = 'fr = "un"\nen = "one"\nprinted = "x"\n'
    text = f"\n{goals}{words}" if goals else "exercises = {}\n"
    (folder / "goals.toml").write_text(text)
    pages = {one: read_pages(ROOT / "docs", one)["exercises"] for one in LANGUAGES}
    with pytest.raises(BadInput) as caught:
        exercises.load([example.load(folder)], pages)
    assert f"{folder}/goals.toml:{line}: {what}" in str(caught.value)


@pytest.mark.engine
@pytest.mark.parametrize("slug", ("containers", "ports-and-data", "images", "networks-and-compose"))
def test_the_solution_of_every_exercise_reaches_its_goals_at_a_desk(
    stand_ins: Bench, slug: str
) -> None:
    chosen = example.load(ROOT / "examples" / f"exercises-{slug}")
    pages = {one: read_pages(ROOT / "docs", one)["exercises"] for one in LANGUAGES}
    verifier = Verifier(stand_ins, lambda *_: None)
    with verifier.lab(chosen) as lab, session_in(lab, chosen) as session:
        for one in exercises.load([chosen], pages):
            left = list(one.practice.goals)
            assert not left[0].met(observe(lab, one.practice.addresses), ""), one.slug
            for command in one.solution:
                printed = "\n".join(session.ask(command, time.monotonic() + 120).lines)
                if left and left[0].address:  # a server takes a moment to begin
                    wait_for(partial(_answers, left[0], lab))
                account = observe(lab, one.practice.addresses)
                while left and left[0].met(account, printed):
                    left.pop(0)
            assert left == [], one.slug


def _answers(goal: Goal, lab: Lab) -> bool:
    return goal.met(observe(lab, [goal.address]), "")


@pytest.fixture
def done() -> Iterator[None]:
    """Puts back afterwards what somebody has practised on this machine."""
    path = host.cache() / "practised.json"
    before = path.read_bytes() if path.exists() else b"[]"
    yield
    path.write_bytes(before)


def test_what_was_practised_is_kept_until_one_begins_anew(tmp_path: Path) -> None:
    progress = Progress(tmp_path / "practised.json")
    progress.add("one")
    progress.add("two")
    assert Progress(tmp_path / "practised.json").done == {"one", "two"}
    (tmp_path / "practised.json").write_text("[[1], null")
    assert progress.done == set()
    progress.forget()
    assert not (tmp_path / "practised.json").exists()


@pytest.fixture
def kept() -> Iterator[None]:
    """Takes away afterwards what was explored of a test's own example."""
    yield
    (ROOT / FOLDER / "sample.json").unlink(missing_ok=True)


def explored(folder: Path) -> Graph:
    (exercise,) = practice.load_all([example.load(folder)])
    found = load(ROOT / FOLDER, exercise)
    assert found
    return found


@pytest.fixture(scope="module")
def graphs(run: Run) -> dict[str, Graph]:
    """What was explored of the practices of the site, explored now where it was not."""
    done = run("explore")
    assert done.returncode == 0, done.stderr
    return {slug: explored(ROOT / "examples" / slug) for slug in PLACES}


@pytest.fixture(scope="module")
def graph(graphs: dict[str, Graph]) -> Graph:
    return graphs[SLUG]


@pytest.fixture(scope="module")
def site(graphs: dict[str, Graph], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a site that knows what was explored."""
    folder = tmp_path_factory.mktemp("practice") / "site"
    with serving(partial(Handler, directory=str(folder))) as root:
        build.build(folder, f"{root}some/path/", ("en",))
        yield f"{root}some/path/en/"


def places() -> dict[str, str]:
    """The page on which each practice is."""
    pages = read_pages(ROOT / "docs", "en")
    return {
        call.arguments[0]: f"{slug}/"
        for slug, one in pages.items()
        for call in one.calls
        if call.name == "practice"
    }


PLACES = places()


def test_every_practice_is_on_a_page() -> None:
    exercises = practice.load_all(example.load_all(ROOT / "examples"))
    assert sorted(PLACES) == sorted(one.example.slug for one in exercises)
    assert len(PLACES) >= 12


@pytest.mark.parametrize("slug", sorted(PLACES))
def test_whoever_has_entered_a_program_can_leave_it(graphs: dict[str, Graph], slug: str) -> None:
    for state in graphs[slug].states:
        if state.prompt != SHELL_PROMPT:
            assert {"exit", "n"} & {answer.typed for answer in state.answers}


@pytest.mark.parametrize("slug", sorted(PLACES))
def test_a_container_too_many_can_be_removed_wherever_one_is(
    graphs: dict[str, Graph], slug: str
) -> None:
    (exercise,) = practice.load_all([example.load(ROOT / "examples" / slug)])
    for state in graphs[slug].states:
        typed = {answer.typed for answer in state.answers}
        for one in state.account.containers if state.prompt == SHELL_PROMPT else ():
            if one.name not in " ".join(exercise.solution) and one.state != "running":
                assert f"docker rm {one.name}" in typed  # for the page, with -f as well


@pytest.mark.parametrize("slug", sorted(PLACES))
def test_what_stands_for_others_is_the_same_wherever_it_was_asked(
    graphs: dict[str, Graph], slug: str
) -> None:
    shown: dict[object, set[object]] = {}
    for n, state in enumerate(graphs[slug].states):
        for answer in state.answers:
            stands = answer.to == n and not answer.during
            known = alike(answer.typed, state.account, state.entered, state.prompt)
            if known and stands and not says_who(answer.output, state.account):
                # How long something took, and which process is which, is another each time.
                rows = tuple(
                    re.sub(r"[\d.]+", "0", " ".join(text.split())) for text in answer.output
                )
                if has_meter(answer):
                    rows = (re.sub(r"0k?|--:--:--|\s", "", "".join(rows)),)
                shown.setdefault(known, set()).add(rows)
    assert shown
    assert all(len(answers) == 1 for answers in shown.values()), shown


def has_meter(said: Said) -> bool:
    """Whether curl's meter is in it: where that breaks into a page is a matter of time."""
    return any("% Total" in line for line in said.output)


def state_with(*containers: Container) -> At:
    return At(Account(containers=containers), SHELL_PROMPT, "")


def stopped(one: Container) -> Container:
    return one.model_copy(update={"state": "exited", "exit_code": 0, "ports": ()})


def test_what_a_command_does_to_what_it_names_it_does_wherever_that_is_the_same() -> None:
    web, other = container("a"), stopped(container("b", "other"))
    said = Said(typed="docker stop web", output=("web",), status=0)
    effect = Effect(said, state_with(web), state_with(stopped(web)))
    here = state_with(other, container("c"))
    assert hangs_on(said.typed, here) == hangs_on(said.typed, effect.before)
    assert effect.on(here.account) == (said, state_with(other, stopped(container("c"))))
    # Elsewhere it is another container that is called so.
    elsewhere = container("d").model_copy(update={"made": "ggg"})
    assert hangs_on(said.typed, state_with(elsewhere)) != hangs_on(said.typed, here)


def test_what_a_command_says_of_a_container_is_said_of_the_one_of_that_name_here() -> None:
    said = Said(typed="docker ps", output=(f"{'a' * 12} nginx web",), status=0)
    effect = Effect(said, state_with(container("a")), state_with(container("a")))
    here = state_with(stopped(container("b", "other")), container("c"))
    assert effect.tells
    assert hangs_on("docker ps", here) == hangs_on("docker ps", effect.before)
    assert hangs_on("docker ps -a", here) != hangs_on("docker ps -a", effect.before)
    taken = effect.on(here.account)
    assert taken
    assert taken[0].output == (f"{'c' * 12} nginx web",)
    assert taken[1].key == here.key


def test_who_uses_an_image_or_a_volume_matters_where_it_is_removed_even_when_stopped() -> None:
    user = stopped(container("a"))
    for line in ("docker volume rm data", "docker rmi nginx", "docker tag nginx mine"):
        assert hangs_on(line, state_with(user)) != hangs_on(line, state_with())
    assert hangs_on("docker run nginx", state_with(user)) == hangs_on(
        "docker run nginx", state_with()
    )


def test_who_has_ended_is_refused_the_same_whatever_it_was_made_of() -> None:
    web, other = container("a"), container("a").model_copy(update={"made": "ggg"})
    for line in ("docker exec web ls", "docker attach web", "docker stop web"):
        assert hangs_on(line, state_with(stopped(web))) == hangs_on(
            line, state_with(stopped(other))
        )
        assert hangs_on(line, state_with(web)) != hangs_on(line, state_with(other))
    # What is made out of what runs hangs on what that is.
    for line in ("docker start web", "docker exec web ls > list"):
        assert hangs_on(line, state_with(stopped(web))) != hangs_on(
            line, state_with(stopped(other))
        )


def test_a_name_that_is_taken_is_taken_whatever_else_there_is() -> None:
    image = Image(id="i", names=("nginx:latest",))
    line, web = "docker run -d --name web -p 8080:80 nginx", container("a")

    def there(*containers: Container) -> At:
        return At(Account(containers=containers, images=(image,)), SHELL_PROMPT, "")

    assert hangs_on(line, there(web)) == hangs_on(line, there(stopped(web), container("b", "two")))
    assert hangs_on(line, there(container("b", "two"))) != hangs_on(line, there())


def test_what_comes_to_nothing_does_so_wherever_its_reason_holds() -> None:
    def idle(said: Said, before: At, after: At) -> object:
        return Effect(said, before, after).standstill

    there, here = state_with(), state_with(container("a"))
    wrong = Said(
        typed="docker build -t page",
        output=("docker: 'docker buildx build' requires 1 argument", "", "Usage:  docker buildx"),
        status=1,
    )
    assert idle(wrong, there, there) in standstills(wrong.typed, here).values()
    assert idle(wrong.model_copy(update={"output": ("page",)}), here, here) is None
    misspelt = Said(
        typed="docker run -d --name web ngnix",
        output=("Unable to find image 'ngnix:latest' locally", "docker: pull access denied"),
        status=125,
    )
    pulled = At(
        Account(images=(Image(id="i", names=("ngnix:latest",)),)), SHELL_PROMPT, here.entered
    )
    assert idle(misspelt, there, there) in standstills(misspelt.typed, here).values()
    assert idle(misspelt, there, there) not in standstills(misspelt.typed, pulled).values()
    nowhere = Said(
        typed="docker build page",
        output=('ERROR: failed to build: unable to prepare context: path "page" not found',),
        status=1,
    )
    made = At(Account(files="another"), SHELL_PROMPT, "")
    assert idle(nowhere, there, there) in standstills(nowhere.typed, here).values()
    assert idle(nowhere, there, there) not in standstills(nowhere.typed, made).values()
    # What is built already is built again whatever containers there are.
    built = Said(typed="docker build -t page .", output=(" => CACHED [2/2] COPY",), status=0)
    assert idle(built, there, there) in standstills(built.typed, here).values()
    assert idle(built, there, there) not in standstills(built.typed, made).values()
    assert idle(built, there, made) is None
    # It was found, and failed afterwards: it may find it again, or have made a volume.
    assert idle(misspelt, there, pulled) is None


def test_a_text_that_is_mended_leaves_what_was_explored(write: Write) -> None:
    def digest(text: str) -> str:
        (folder / "practice.toml").write_text(text)
        (exercise,) = practice.load_all([example.load(folder)])
        return exercise.digest

    folder = write(SESSION)
    mended = PRACTICE.replace("one has ended", "it has ended").replace('en = "h"', 'en = "hint"')
    assert mended != PRACTICE
    assert digest(mended) == digest(PRACTICE)
    assert digest(PRACTICE.replace('"exited"', '"running"')) != digest(PRACTICE)
    assert digest(PRACTICE.replace("docker ps -q", "docker ps -a")) != digest(PRACTICE)


def test_a_slip_is_typed_on_the_right_way_alone_and_leads_further_off_than_any_turn() -> None:
    (exercise,) = practice.load_all([example.load(ROOT / "examples" / "practice-a-web-server")])
    asking, slip = Asking(exercise), exercise.practice.slips[0]
    turn = exercise.practice.turns[0]
    asked = [{*asking.asked(Account(), SHELL_PROMPT, astray)} for astray in range(3)]
    assert [slip in each for each in asked] == [True, False, False]
    assert [turn in each for each in asked] == [True, True, False]
    assert (asking.astray([turn]), asking.astray([slip])) == (1, 2)


def test_what_a_shell_puts_into_a_command_may_hang_on_anything() -> None:
    removes_all, here = "docker rm $(docker ps -aq)", state_with()
    none_there = Said(
        typed=removes_all,
        output=("docker: 'docker rm' requires", "", "Usage:  docker rm"),
        status=1,
    )
    assert hangs_on(removes_all, here) is None
    assert Effect(none_there, here, here).standstill not in standstills(removes_all, here).values()


def test_in_another_folder_of_a_container_ls_shows_something_else() -> None:
    root, data = ("root@0123456789ab:/# ", "root@0123456789ab:/data# ")
    asked = [
        hangs_on("ls", At(Account(), prompt, "docker exec -it web bash")) for prompt in (root, data)
    ]
    assert asked[0] != asked[1]


@pytest.mark.engine
@pytest.mark.parametrize("slug", ["practice-find-each-other", "practice-run-or-start"])
def test_an_engine_says_what_is_shown_of_a_command_that_led_further_than_was_explored(
    stand_ins: Bench, graphs: dict[str, Graph], slug: str
) -> None:
    (exercise,) = practice.load_all([example.load(ROOT / "examples" / slug)])
    graph, chosen, verifier = graphs[slug], exercise.example, Verifier(stand_ins, lambda *_: None)
    told = [
        (way, said)
        for n, way in ways(graph, lambda one: _is_plain(one, graph)).items()
        for said in graph.states[n].beyond
        if not has_meter(said)
    ]
    assert told
    for way, said in random.Random(slug).sample(told, min(3, len(told))):
        with verifier.lab(chosen) as lab, session_in(lab, chosen) as session:
            _go(lab, session, exercise, way)
            seen = session.ask(said.typed, time.monotonic() + 60)
            assert [*map(shape, seen.lines)] == [*map(shape, said.output)], (way, said)
            assert seen.status == said.status


@pytest.mark.engine
@pytest.mark.parametrize("slug", sorted(PLACES))
def test_an_engine_says_and_does_what_was_taken_over_from_another_state(
    stand_ins: Bench, graphs: dict[str, Graph], slug: str
) -> None:
    (exercise,) = practice.load_all([example.load(ROOT / "examples" / slug)])
    taken = [*taken_over(graphs[slug])]
    assert taken
    states = graphs[slug].states
    for n, way, answer in random.Random(slug).sample(taken, min(2, len(taken))):
        verifier, chosen = Verifier(stand_ins, lambda *_: None), exercise.example
        with verifier.lab(chosen) as lab, session_in(lab, chosen) as session:
            _go(lab, session, exercise, way)
            _reaches(lab, states[n].account.key, way)
            said = session.ask(answer.typed, time.monotonic() + 60)
            # Compose starts several at once, and docker lists what came last first.
            seen, taken_for = (sorted(map(shape, one)) for one in (said.lines, answer.output))
            assert seen == taken_for, (way, answer)
            _reaches(lab, states[answer.to].account.key, (*way, answer.typed))


def _go(lab: Lab, session: Session, exercise: Exercise, way: tuple[str, ...]) -> None:
    """Make the situation and go a way. As on a walk, servers have begun before the next line."""
    for step in exercise.setup:
        type_step(session, step, exercise.example.options.steps[step.name], lab.pace)
    for line in way:
        await_servers(lab, observe(lab, ()))
        session.ask(line, time.monotonic() + 60)
    await_servers(lab, observe(lab, ()))


def _reaches(lab: Lab, key: object, way: tuple[str, ...]) -> None:
    with suppress(AssertionError):
        wait_for(lambda: observe(lab, ()).key == key)
    assert observe(lab, ()).key == key, way


def taken_over(graph: Graph) -> Iterator[tuple[int, tuple[str, ...], Answer]]:
    """States, the ways to them that were typed, and answers there that come from other states.

    What was typed in a shell of a container, or names what nobody has given a name, is left out.
    """
    for n, way in ways(graph, lambda one: _is_plain(one, graph) and not one.alike).items():
        plain = (one for one in graph.states[n].answers if _is_plain(one, graph))
        yield from ((n, way, one) for one in plain if one.alike and not has_meter(one))


def _is_plain(one: Answer, graph: Graph) -> bool:
    """Whether it was typed to a shell of the machine, and names nothing that Docker has named."""
    outside = graph.states[one.to].prompt == SHELL_PROMPT
    return outside and all("\0" not in part for part in shape(one.typed))


@pytest.fixture
def desk(page: Page, site: str) -> Locator:
    return open_desk(page, site, SLUG)


def open_desk(page: Page, site: str, slug: str) -> Locator:
    """A practice, on a page that may have others."""
    page.goto(f"{site}{PLACES[slug]}")
    found = page.locator(f"#practise-{slug}")
    found.scroll_into_view_if_needed()
    expect(found.locator(".desk")).to_be_visible()
    return found


def types(desk: Locator, line: str) -> None:
    typing = desk.get_by_label("Your command")
    typing.fill(line)
    typing.press("Enter")


def last_shown(desk: Locator) -> str:
    """What stands on the screen below the last command."""
    shown: str = desk.locator(".screen").evaluate(
        """screen => {
          const all = [...screen.children]
          const at = all.findLastIndex(one => one.className === "command")
          const below = all.slice(at + 1).filter(one => !one.matches(".reached"))
          return below.map(one => one.textContent).join("")
        }"""
    )
    return shown


def test_the_solution_reaches_every_goal(desk: Locator, graph: Graph) -> None:
    for n, line in enumerate(
        ("docker run -d --name web -p 8080:80 nginx", "curl http://localhost:8080")
    ):
        types(desk, line)
        expect(desk.locator(".goal.met")).to_have_count(2 + n)
    expect(desk.locator(".world")).to_contain_text("web · running · 8080 → 80")
    types(desk, "docker stop web")
    expect(desk.locator(".change")).to_contain_text("web · exited (0)")
    types(desk, "docker rm web")
    expect(desk.locator(".ended")).to_be_visible()


def test_a_command_may_be_spelled_as_docker_takes_it(desk: Locator, graph: Graph) -> None:
    start = {answer.typed: answer for answer in graph.states[0].answers}
    expected = "\n".join(start["docker run -d --name web -p 8080:80 nginx"].output) + "\n"
    types(desk, "docker container run --publish 8080:80 --detach --name=web nginx:latest")
    assert last_shown(desk) == expected
    made = expected.split()[-1]
    types(desk, f"docker container stop {made[:4]}")
    assert last_shown(desk) == f"{made[:4]}\n"
    types(desk, f"docker rm {made[:12]}")
    assert last_shown(desk) == f"{made[:12]}\n"
    answered = []
    for line in ("curl http://localhost", "curl localhost", "curl localhost:80/"):
        types(desk, line)
        answered.append(last_shown(desk))
    assert answered[0].startswith("curl: (7) Failed to connect to localhost")
    assert len(set(answered)) == 1


def test_what_the_client_says_of_itself_is_answered_whatever_the_state(
    desk: Locator, graph: Graph
) -> None:
    for line in ("ls", "docker run -d --name web -p 8080:80 nginx"):
        types(desk, line)
        for said in graph.anywhere:
            types(desk, said.typed)
            assert last_shown(desk) == "".join(f"{text}\n" for text in said.output)


def test_a_slip_of_the_keyboard_is_answered_as_docker_answers_any(desk: Locator) -> None:
    for line, answer in (
        ("docker logs web", "Error response from daemon: No such container: web"),
        ("docker stop webb", "Error response from daemon: No such container: webb"),
        ("docker rm --force a7e8", "Error response from daemon: No such container: a7e8"),
        ("docker exec -it web curl x:1", "Error response from daemon: No such container: web"),
        ("docker network connect bridge", "docker: 'docker network connect' requires 2 arguments"),
        ("docker log web", "docker: unknown command: docker log"),
        ("dokcer ps", "bash: dokcer: command not found"),
    ):
        types(desk, line)
        assert last_shown(desk).startswith(f"{answer}\n")
    types(desk, "docker run -d --name web -p 8080:80 nginx")
    container = last_shown(desk)
    # What is there is not taken for what is not, by whatever it is called.
    for line in ("docker network rm bridge", "docker image inspect nginx", "docker attach web"):
        types(desk, line)
        assert "No such" not in last_shown(desk)
    types(desk, f"docker kill {container[:4]}")
    assert "No such" not in last_shown(desk)


def test_a_name_is_taken_whatever_else_is_asked_for(desk: Locator) -> None:
    types(desk, "docker run -d --name web -p 8080:80 nginx")
    for line in ("docker run -it --name=web -p 9999:80 nginx bash", "docker run --name web nginx"):
        types(desk, line)
        assert 'The container name "/web" is already in use by' in last_shown(desk)
    for line in (
        "docker run -d --name web9 -p 9999:80 nginx",
        "docker run --name web -p 9999:80 nginx | head",
        "docker run --name web -p 9999:80 nginy",
    ):
        types(desk, line)
        assert "makes no answer up" in last_shown(desk)


def test_a_container_may_be_called_anything(desk: Locator) -> None:
    types(desk, "docker run -d --name mine -p 8080:80 nginx")
    expect(desk.locator(".world")).to_contain_text("mine · running · 8080 → 80")
    types(desk, "docker ps -a")
    assert "mine" in last_shown(desk)
    assert "spare" not in last_shown(desk)
    # That the recording calls it so is nothing to the reader.
    types(desk, "docker stop spare")
    assert last_shown(desk) == "Error response from daemon: No such container: spare\n"
    types(desk, "docker run -d --name yours -p 8080:80 nginx")
    assert "makes no answer up" in last_shown(desk)
    for line in ("docker stop mine", "docker rm mine"):
        types(desk, line)
        assert last_shown(desk) == "mine\n"
    types(desk, "docker run -d --name yours -p 8080:80 nginx")
    expect(desk.locator(".world")).to_contain_text("yours · running")
    desk.page.reload()
    expect(desk.locator(".world")).to_contain_text("yours · running")


def test_what_is_joined_is_typed_one_after_the_other_until_something_fails(desk: Locator) -> None:
    types(desk, "docker run -d --name web -p 8080:80 nginx")
    types(desk, "docker rm web && docker ps")
    assert "STATUS" not in last_shown(desk)
    types(desk, "docker stop web && docker rm web")
    assert last_shown(desk) == "web\nweb\n"
    expect(desk.locator(".world")).not_to_contain_text("web ·")


def test_a_word_is_looked_for_in_a_list(desk: Locator) -> None:
    types(desk, "docker run -d --name web -p 8080:80 nginx")
    types(desk, "docker ps")
    header, row, _ = last_shown(desk).split("\n")
    for program, shown in (
        ("grep web", f"{row}\n"),
        ("grep -i 'Container ID'", f"{header}\n"),
        ("grep WEB", ""),
        ("grep -v CONTAINER", f"{row}\n"),
        ("grep -B1 web | tail -n 2 | head -n1", f"{header}\n"),
        ("head -5 | wc -l", "2\n"),
        ("tail -1", f"{row}\n"),
    ):
        types(desk, f"docker ps | {program}")
        assert last_shown(desk) == shown
    for line in ("docker ps | grep w.b", "docker ps | sort", "docker logs web | grep web"):
        types(desk, line)
        assert "makes no answer up" in last_shown(desk)


def test_a_port_that_nobody_has_published_is_asked_in_vain(desk: Locator) -> None:
    types(desk, "docker run -d --name web -p 8080:80 nginx")
    types(desk, "curl localhost:3000")
    assert "Failed to connect to localhost:3000" in last_shown(desk)
    types(desk, "curl http://localhost:8080/nosuch")
    assert "Failed to connect" not in last_shown(desk)


def test_what_goes_through_a_pipe_reaches_a_goal(page: Page, site: str) -> None:
    desk = open_desk(page, site, "practice-run-or-start")
    types(desk, "docker start web")
    types(desk, "curl -s localhost:8080 | head -n 3 | grep six")
    assert "Open until six" in last_shown(desk)
    expect(desk.locator(".goal.met").filter(has_text="page")).to_be_visible()


def test_what_goes_through_a_pipe_is_said_to_lack_curls_meter(page: Page, site: str) -> None:
    desk = open_desk(page, site, "practice-run-or-start")
    types(desk, "docker start web")
    types(desk, "curl -s localhost:8080 | head -n 3")
    page_seen = last_shown(desk)
    types(desk, "curl localhost:8080 | head -n 3")
    assert last_shown(desk).startswith(page_seen)
    assert "with -s it does not" in last_shown(desk)
    expect(desk.locator(".note").filter(has_text="with -s")).to_have_count(1)


def test_the_status_of_a_page_is_the_one_in_its_headers(desk: Locator) -> None:
    asks = "curl -s -o /dev/null -w {}%{{http_code}}\\n{} {}localhost:8080"
    types(desk, asks.format('"', '"', "http://"))
    assert last_shown(desk) == "000\n"
    types(desk, "docker run -d --name web -p 8080:80 nginx")
    for spelt in (("'", "'", ""), ('"', '"', "http://")):
        types(desk, asks.format(*spelt))
        assert last_shown(desk) == "200\n"
    types(desk, asks.format('"', '"', "").replace("-s ", ""))  # as which curl draws its meter
    assert "makes no answer up" in last_shown(desk)


def test_whoever_has_no_curl_lacks_it_silently_or_not(page: Page, site: str) -> None:
    desk = open_desk(page, site, "practice-the-deaf-server")
    for silent in ("", "-s "):
        types(desk, f"docker exec notes curl {silent}localhost:8000")
        assert '"curl": executable file not found' in last_shown(desk)


def test_a_list_in_brief_is_a_column_of_the_list(desk: Locator) -> None:
    types(desk, "docker ps -q")
    assert last_shown(desk) == ""
    types(desk, "docker run -d --name web -p 8080:80 nginx")
    types(desk, "docker ps")
    ident = last_shown(desk).split("\n")[1].split()[0]
    for line in ("docker ps -q", "docker ps -aq", "docker container ls --quiet --all"):
        types(desk, line)
        assert last_shown(desk) == f"{ident}\n"


def test_a_container_is_taken_for_an_image_in_vain(desk: Locator) -> None:
    types(desk, "docker run -d --name web -p 8080:80 nginx")
    types(desk, "docker run --rm -it -p 8081:80 web sh")
    assert last_shown(desk).startswith("Unable to find image 'web:latest' locally\ndocker: Error")
    for image in ("redis", "nosuch"):
        types(desk, f"docker run --rm -it {image} sh")
        assert "makes no answer up" in last_shown(desk)


def test_an_image_is_removed_by_its_id(page: Page, site: str) -> None:
    desk = open_desk(page, site, "practice-tidy-up")
    types(desk, "docker images | grep alpine")
    ident = last_shown(desk).split()[2]
    for line in (f"docker rmi {ident}", f"docker run {ident}"):
        types(desk, line)  # refused, in words of its own; listed under its id
        assert "makes no answer up" in last_shown(desk)
    types(desk, "docker rm job old")
    types(desk, f"docker image rm {ident}")
    assert last_shown(desk).startswith("Untagged: alpine:latest\n")
    expect(desk.locator(".world")).not_to_contain_text("alpine")


def test_what_is_no_command_of_a_kind_is_said_to_be_none(desk: Locator) -> None:
    for line, command in (
        ("docker network add shop", "network add"),
        ("docker image up", "image up"),
    ):
        types(desk, line)
        assert last_shown(desk).startswith(f"docker: unknown command: docker {command}\n")
    for line in ("docker network prune", "docker image list -x", "docker volume list"):
        types(desk, line)
        assert "unknown command" not in last_shown(desk)


def test_what_may_be_spelt_in_several_ways_is_one_command(page: Page, site: str) -> None:
    desk = open_desk(page, site, "practice-find-each-other")
    types(desk, "docker network create shop")
    types(desk, "docker run --rm alpine ping -c 7 web")
    assert last_shown(desk) == "ping: bad address 'web'\n"
    types(desk, "docker run -d --name web --network shop nginx")
    answers = set()
    for options in ("-qO-", "-qO -", "-q -O -", "-q -O-"):
        types(desk, f"docker run --rm --network shop alpine wget {options} http://web")
        answers.add(last_shown(desk))
    types(desk, "docker exec web curl -s http://127.0.0.1")
    assert "Welcome to nginx!" in last_shown(desk)
    (answer,) = answers
    assert "Welcome to nginx!" in answer
    desk = open_desk(page, site, "practice-a-first-image")
    types(desk, "cat Dockerfile index.html")
    assert last_shown(desk).splitlines()[::2] == ["FROM nginx", "<h1>A page of my own</h1>"]


def test_what_quotes_keep_from_the_shell_is_another_command(page: Page, site: str) -> None:
    desk = open_desk(page, site, "practice-a-shopping-list")
    to_volume = "docker run --rm -v notes:/notes alpine"
    types(desk, f"{to_volume} echo bread > /notes/list")
    assert "No such file or directory" in last_shown(desk)
    types(desk, f"{to_volume} echo 'bread > /notes/list'")
    assert "No such file or directory" not in last_shown(desk)
    types(desk, f"{to_volume} sh -c \"echo 'bread' > /notes/list\"")
    types(desk, f"{to_volume} cat /notes/list")
    assert last_shown(desk) == "bread\n"


def test_a_page_is_written_with_or_without_quotes(page: Page, site: str) -> None:
    for text in ('"A second page"', "'A second page'", "A second page"):
        desk = open_desk(page, site, "practice-a-first-image")
        desk.get_by_role("button", name="Start again").click()
        types(desk, f"echo {text} > index.html")
        types(desk, "cat index.html")
        assert last_shown(desk) == "A second page\n"
    for line in ("echo 'A second page > index.html'", "echo <h1>Mine</h1> > index.html"):
        types(desk, line)
        assert "makes no answer up" in last_shown(desk)


def test_in_place_of_a_text_of_ones_own_the_recorded_one_is_written(page: Page, site: str) -> None:
    desk = open_desk(page, site, "practice-a-first-image")
    types(desk, "echo '<h1>My own</h1>' > index.html")
    assert last_shown(desk) == (
        "One text only was recorded here; in place of yours, this line was typed: "
        'echo "A second page" > index.html\n'
    )
    types(desk, "cat index.html")
    assert last_shown(desk) == "A second page\n"


def test_the_last_lines_of_a_log_are_shown(desk: Locator) -> None:
    types(desk, "docker run -d --name web -p 8080:80 nginx")
    types(desk, "docker logs web")
    whole = last_shown(desk).splitlines()
    for line, last in (("docker logs -n 2 web", 2), ("docker logs --tail=100 web", 100)):
        types(desk, line)
        assert last_shown(desk).splitlines() == whole[-last:]
    types(desk, "docker logs -f web")
    assert last_shown(desk).splitlines() == whole
    desk.get_by_label("Your command").press("Control+c")
    assert last_shown(desk).splitlines() == [*whole, "^C"]
    types(desk, "docker stop web")
    types(desk, "docker logs --follow web")
    types(desk, "docker ps")
    assert "CONTAINER ID" in last_shown(desk)


def test_a_letter_that_is_no_option_of_a_command_is_named(desk: Locator) -> None:
    for line, answer in (
        ("docker start web -p 8080:80", "unknown shorthand flag: 'p' in -p"),
        ("docker run -dx nginx", "unknown shorthand flag: 'x' in -x"),
    ):
        types(desk, line)
        assert last_shown(desk).startswith(f"{answer}\n\nUsage:  ")
    # Behind the image, options are the program's; what a shell puts in has none.
    for line in ("docker run -d nginx -x", "docker rm $(docker ps -aq)"):
        types(desk, line)
        assert "unknown shorthand flag" not in last_shown(desk)


def test_what_a_help_does_not_list_may_be_an_option_all_the_same(page: Page, site: str) -> None:
    desk = open_desk(page, site, "practice-with-compose")
    for line in ("docker run -d --net shop nginx", "docker compose exec -i cache ls"):
        types(desk, line)
        assert "makes no answer up" in last_shown(desk)


def test_a_program_that_the_machine_has_not_is_missed(desk: Locator) -> None:
    types(desk, "sudo docker ps")
    assert last_shown(desk) == "bash: sudo: command not found\n"


def test_a_volume_is_no_container(page: Page, site: str) -> None:
    desk = open_desk(page, site, "practice-a-shopping-list")
    types(desk, "docker run --rm -v notes:/notes alpine sh -c 'echo bread > /notes/list'")
    expect(desk.locator(".world")).to_contain_text("notes")
    types(desk, "docker rm notes")
    assert last_shown(desk) == "Error response from daemon: No such container: notes\n"


def test_what_was_shown_before_its_turn_counts_in_its_turn(page: Page, site: str) -> None:
    desk = open_desk(page, site, "practice-look-inside")
    types(desk, "docker exec job cat /answer")
    expect(desk.locator(".goal.met")).to_have_count(0)
    told = desk.locator(".note.reached").last
    expect(told).to_contain_text("done already, and ticked as soon as the goal before it is: You")
    expect(desk.locator(".goal.early .mark")).to_contain_text("done already")
    types(desk, "docker logs job")
    expect(desk.locator(".goal.met")).to_have_count(2)
    expect(desk.locator(".goal.early")).to_have_count(0)


def test_the_machine_has_two_names(desk: Locator) -> None:
    types(desk, "docker run -d --name web -p 8080:80 nginx")
    types(desk, "curl http://127.0.0.1:8080/")
    assert "Welcome to nginx!" in last_shown(desk)


def test_the_folder_one_is_in_may_be_written_in_full(page: Page, site: str) -> None:
    desk = open_desk(page, site, "practice-the-empty-page")
    types(desk, "pwd")
    folder = last_shown(desk).strip()
    types(desk, "docker rm -f web")
    volume = f"{folder}/site:/usr/share/nginx/html"
    types(desk, f"docker run -d --name web -p 8080:80 -v {volume} nginx")
    assert folder in desk.locator(".screen .command").last.inner_text()
    types(desk, "curl localhost:8080")
    assert "makes no answer up" not in desk.locator(".screen").inner_text()


def test_the_folder_one_is_in_has_two_spellings(page: Page, site: str) -> None:
    desk = open_desk(page, site, "practice-the-empty-page")
    types(desk, "docker rm -f web")
    run = "docker run -d --name web -p 8080:80 -v {}:/usr/share/nginx/html nginx"
    types(desk, run.format("'$(pwd)/site'"))  # as which nothing is put in
    assert "makes no answer up" in last_shown(desk)
    types(desk, "clear")
    types(desk, run.format('"$(pwd)/site"'))
    types(desk, "curl localhost:8080")
    assert "makes no answer up" not in desk.locator(".screen").inner_text()


def test_what_is_removed_without_force_is_removed_with_it(desk: Locator, graph: Graph) -> None:
    types(desk, "docker run -d --name web nginx")
    types(desk, "docker stop web")
    types(desk, "docker rm --force web")
    assert last_shown(desk) == "web\n"
    expect(desk.locator(".world")).not_to_contain_text("web ·")


def test_a_volume_is_removed_without_force_or_with_it(page: Page, site: str) -> None:
    desk = open_desk(page, site, "practice-a-shopping-list")
    types(desk, "docker volume create notes")
    types(desk, "docker run -v notes:/notes alpine cat /notes/list")
    types(desk, "docker volume rm --force notes")
    assert "volume is in use" in last_shown(desk)
    types(desk, "docker container prune --force")
    assert last_shown(desk).startswith("Deleted Containers:")
    types(desk, "docker volume rm --force notes")
    assert last_shown(desk) == "notes\n"
    expect(desk.locator(".world")).not_to_contain_text("notes")


def test_a_volume_that_nobody_has_named_is_removed_by_the_name_that_docker_gave_it(
    page: Page, site: str
) -> None:
    desk = open_desk(page, site, "practice-with-compose")
    for line in ("docker compose up -d", "docker compose down", "docker volume ls -q"):
        types(desk, line)
    name = last_shown(desk).strip()
    assert re.fullmatch("[0-9a-f]{64}", name)
    types(desk, f"docker volume rm {name}")
    assert last_shown(desk) == f"{name}\n"
    expect(desk.locator(".world")).not_to_contain_text(name[:12])


def test_whoever_is_not_asked_has_said_yes(page: Page, site: str) -> None:
    desk = open_desk(page, site, "practice-tidy-up")
    for line in ("docker container prune -f", "docker system prune --force"):
        types(desk, line)
        assert "Total reclaimed space: " in last_shown(desk)
        expect(desk.locator(".typing .prompt")).to_have_text("$ ")
    expect(desk.locator(".world")).not_to_contain_text("old")


def ways(graph: Graph, by: Callable[[Answer], bool] = lambda _: True) -> dict[int, tuple[str, ...]]:
    """What is typed to get to each state by such answers, where nothing needs an interrupt."""
    found: dict[int, tuple[str, ...]] = {0: ()}
    queue = deque(found)
    while queue:
        here = queue.popleft()
        for answer in graph.states[here].answers:
            if not answer.during and answer.to not in found and by(answer):
                found[answer.to] = (*found[here], answer.typed)
                queue.append(answer.to)
    return found


def elsewhere(graph: Graph) -> Iterator[tuple[tuple[str, ...], str, Answer]]:
    """Ways to where something was not asked, as it was elsewhere, and what was answered there."""
    known: dict[object, Answer] = {}
    for n, state in enumerate(graph.states):
        for one in state.answers:
            there = graph.states[one.to]
            nowhere = one.to == n or (there.entered and there.account.key == state.account.key)
            unnamed = re.search("[0-9a-f]{64}", " ".join(one.output))  # as the reader has seen it
            if nowhere and not (one.during or unnamed or says_who(one.output, state.account)):
                hangs = alike(one.typed, state.account, state.entered, state.prompt)
                known.setdefault(hangs, one)
    lines = sorted({one.typed for one in known.values()})
    for n, way in ways(graph).items():
        state = graph.states[n]
        asked = {one.typed for one in state.answers}
        for line in lines if state.prompt == SHELL_PROMPT else ():
            if line not in asked and (hangs := alike(line, state.account)) and hangs in known:
                yield way, line, known[hangs]


@pytest.mark.parametrize("slug", sorted(PLACES))
def test_what_was_asked_elsewhere_is_answered_where_all_that_it_hangs_on_is_the_same(
    page: Page, site: str, graphs: dict[str, Graph], slug: str
) -> None:
    found = [*elsewhere(graphs[slug])]
    for way, line, answer in random.Random(slug).sample(found, min(8, len(found))):
        desk = open_desk(page, site, slug)
        desk.get_by_role("button", name="Start again").click()
        for one in (*way, line):
            types(desk, one)
        assert last_shown(desk) == "".join(f"{text}\n" for text in answer.output), (way, line)


def test_a_container_is_entered_as_elsewhere_and_left_to_where_one_was(
    desk: Locator, graph: Graph
) -> None:
    enter = "docker exec -it web bash"
    way, _, answer = next(one for one in elsewhere(graph) if one[1] == enter)
    for line in way:
        types(desk, line)
    types(desk, "docker ps -a")
    before, world = last_shown(desk), desk.locator(".world").inner_text()
    web = next(row.split()[0] for row in before.splitlines() if row.endswith(" web"))
    types(desk, enter)
    expect(desk.locator(".typing .prompt")).to_have_text(f"root@{web}:/# ")
    inside = {one.typed: one for one in graph.states[answer.to].answers}
    for line in ("ls /", "cat /etc/os-release", "docker ps"):
        types(desk, line)
        assert last_shown(desk) == "".join(f"{text}\n" for text in inside[line].output)
    assert desk.locator(".world").inner_text() == world
    types(desk, "exit")
    types(desk, "docker ps -a")
    assert last_shown(desk) == before


def test_what_a_container_has_not_it_has_not_whatever_it_is_asked_for(desk: Locator) -> None:
    types(desk, "docker run -d --name web -p 8080:80 nginx")
    types(desk, "docker exec -it web bash")
    for line in ("docker", "docker ps", "docker run -d --name other nginx", "docker logs 'web'"):
        types(desk, line)
        assert last_shown(desk) == "bash: docker: command not found\n"
    types(desk, "vim /etc/hosts")  # vim alone was recorded
    assert last_shown(desk) == "bash: vim: command not found\n"
    for line in (
        "vimtutor",
        "docker ps | head",
        "docker-compose ps",
        "docker rm $(docker ps -q)",
        "docker 'x",
    ):
        types(desk, line)
        assert "makes no answer up" in last_shown(desk)
    types(desk, "exit")
    types(desk, "docker ps")
    assert last_shown(desk).startswith("CONTAINER ID")


def test_a_file_that_is_not_there_is_missed_as_any_other_is(page: Page, site: str) -> None:
    desk = open_desk(page, site, "practice-a-first-image")
    types(desk, "cat indx.html")
    assert last_shown(desk) == "cat: indx.html: No such file or directory\n"
    types(desk, "cat index.html")
    assert last_shown(desk).startswith("<")
    types(desk, "cat /etc/shadow")
    assert "makes no answer up" in last_shown(desk)


def test_compose_may_be_called_by_its_own_name(page: Page, site: str) -> None:
    desk = open_desk(page, site, "practice-with-compose")
    for line in ("docker-compose up -d", "docker-compose ps"):
        types(desk, line)
        assert "shop-web-1" in last_shown(desk).lower()
    types(desk, "docker-compose --version")
    assert "makes no answer up" in last_shown(desk)


def test_ctrl_c_ends_what_does_not_come_back(desk: Locator) -> None:
    types(desk, "docker run --name web -p 8080:80 nginx")
    expect(desk.locator(".typing.running")).to_have_count(1)
    desk.get_by_label("Your command").press("Control+c")
    expect(desk.locator(".world")).to_contain_text("web · exited (0)")


def test_what_nobody_tried_is_said_to_be_so_and_nothing_changes(desk: Locator) -> None:
    types(desk, "docker run -d --name web -p 9999:80 nginx")
    assert "makes no answer up" in last_shown(desk)
    expect(desk.locator(".world")).not_to_contain_text("web")
    types(desk, '<img src=x onerror=alert(1)> "')
    assert "makes no answer up" in last_shown(desk)


def test_where_docker_asks_whatever_is_not_yes_is_a_no(desk: Locator) -> None:
    types(desk, "docker container prune")
    types(desk, "help")
    assert {"y", "n"} <= {*last_shown(desk).splitlines()}
    types(desk, "n")
    refused = last_shown(desk)
    types(desk, "docker container prune")
    types(desk, "docker ps")
    assert last_shown(desk) == refused
    types(desk, "docker container prune")
    desk.get_by_label("Your command").press("Control+c")
    expect(desk.locator(".typing .prompt")).to_have_text("$ ")
    types(desk, "docker ps")
    assert last_shown(desk).startswith("CONTAINER ID")


def test_what_reaches_the_goal_is_proposed_only_where_it_is_all_but_typed(desk: Locator) -> None:
    right = "docker run -d --name web -p 8080:80 nginx"
    types(desk, "docker run -d --name web -p 9999:80 nginx")
    assert "  docker run --name web -p 8080:80 nginx" in last_shown(desk).splitlines()
    assert f"  {right}" not in last_shown(desk).splitlines()
    types(desk, right.replace("8080:80", "8080:8O"))
    assert f"  {right}" in last_shown(desk).splitlines()


def test_whatever_is_pasted_is_text(desk: Locator) -> None:
    title = desk.page.title()
    hostile = ("<script>document.title = 1</script>", "docker \u202erun\u200b web", "$(reboot)")
    for line in (*hostile, "docker run " + "x" * 1_000_000):
        types(desk, line)
        assert "makes no answer up" in last_shown(desk)
    types(desk, "docker ps")
    assert "CONTAINER ID" in last_shown(desk)
    assert desk.page.title() == title


@pytest.mark.parametrize(
    "stored",
    [
        *("{", "null", '{"length": 3}', '[null, 1, {"a": []}, ["docker ps"]]', '"docker ps"'),
        json.dumps(["<img src=x onerror=alert(1)>"] * 2_000),
    ],
)
def test_progress_that_was_altered_by_hand_does_no_harm(desk: Locator, stored: str) -> None:
    desk.page.evaluate(f"stored => localStorage.setItem('practice:{SLUG}', stored)", stored)
    desk.page.reload()
    expect(desk.locator(".desk")).to_be_visible()
    types(desk, "docker run -d --name web -p 8080:80 nginx")
    expect(desk.locator(".goal.met")).to_have_count(2)


def test_nobody_is_caught_in_the_terminal(desk: Locator) -> None:
    typing = desk.get_by_label("Your command")
    typing.fill("docker run ")
    typing.press("Tab")
    expect(typing).to_be_focused()
    assert "docker run -d --name web nginx" in desk.locator(".screen").inner_text()
    typing.press("Tab")
    expect(typing).not_to_be_focused()
    # As in a site that was built where the engine in a tab had been made.
    desk.evaluate("practice => { practice.dataset.engine = '../tab/' }")
    for port in (9998, 9999):
        types(desk, f"docker run -d --name web -p {port}:80 nginx")
    expect(desk.locator(".screen a")).to_have_count(1)
    typing.fill("docker")
    typing.press("Control+u")
    expect(typing).to_have_value("")
    typing.fill("docker")
    typing.press("Control+c")
    expect(typing).to_have_value("")


def test_a_case_does_not_draw_what_is_to_be_found_until_it_is(page: Page, site: str) -> None:
    slug = "practice-the-empty-page"
    desk = open_desk(page, site, slug)
    expect(desk.locator(".world")).to_contain_text("web · running · the rest is to be found")
    expect(desk.locator(".world")).not_to_contain_text("sitte")
    expect(desk.locator(".world")).not_to_contain_text("8080")
    (exercise,) = practice.load_all([example.load(ROOT / "examples" / slug)])
    for line in exercise.solution:
        types(desk, line)
    expect(desk.locator(".world")).to_contain_text("web · running · 8080 → 80")


def test_at_the_end_of_a_case_it_is_said_how_few_commands_it_takes(page: Page, site: str) -> None:
    desk = open_desk(page, site, "practice-the-silent-shop")
    for line in ("docker ps", "nosuch-and-unknown | x", "docker rm -f shop"):
        types(desk, line)
    types(desk, "docker run -d --name shop -p 8080:80 nginx")
    told = desk.locator(".note.reached").filter(has_text="All goals are reached")
    # What was not answered does not count.
    expect(told).to_contain_text("Commands typed, those that only look included: 3. ")
    expect(told).to_contain_text("The shortest way, once the cause is known: 2.")
    fewest = desk.locator(".note.reached").filter(has_text="  docker rm -f shop")
    expect(fewest).to_be_visible()


def test_the_network_of_a_container_is_drawn_if_somebody_made_it(page: Page, site: str) -> None:
    desk = open_desk(page, site, "practice-find-each-other")
    types(desk, "docker network create shop")
    types(desk, "docker run -d --name web --network shop nginx")
    expect(desk.locator(".world")).to_contain_text("web · running · in shop")
    desk = open_desk(page, site, "practice-run-or-start")
    types(desk, "docker start web")
    expect(desk.locator(".world")).not_to_contain_text("bridge")


def test_no_line_that_leads_to_the_goal_is_proposed_only_because_it_is_near(
    page: Page, site: str
) -> None:
    desk = open_desk(page, site, "practice-why-it-stops")
    types(desk, "docker rm box")
    types(desk, "docker run -d --name box ubuntu sleep 5 minutes")
    near = last_shown(desk).splitlines()
    assert "none of them leads to the next goal" in last_shown(desk)
    assert "  docker run -d --name box ubuntu sleep" in near
    assert not any("infinity" in one or "-dit" in one or "1000" in one for one in near)


def test_what_was_done_is_there_again_after_a_reload_until_one_starts_again(desk: Locator) -> None:
    types(desk, "docker run -d --name web -p 8080:80 nginx")
    desk.page.reload()
    expect(desk.locator(".goal.met")).to_have_count(2)
    desk.get_by_role("button", name="Start again").click()
    expect(desk.locator(".goal.met")).to_have_count(0)
    desk.page.reload()
    expect(desk.locator(".desk")).to_be_visible()
    expect(desk.locator(".goal.met")).to_have_count(0)


def test_show_me_goes_all_the_way(desk: Locator) -> None:
    for _ in range(4):
        desk.get_by_role("button", name="Show me").click()
    expect(desk.locator(".ended")).to_be_visible()


# Types lines from the start, again and again, and returns what stands below each.
TYPE = """(practice, trips) => {
  const find = name => practice.querySelector(`.${name}`)
  const input = find("typing").querySelector("input")
  return trips.map(trip => {
    find("reset").click()
    return trip.map(({ line, held }) => {
      input.value = line
      find("typing").requestSubmit()
      if (held) find("interrupt").click()
      const all = [...find("screen").children]
      const at = all.findLastIndex(one => one.className === "command")
      const below = all.slice(at + 1).filter(one => !one.matches(".reached"))
      return below.map(one => one.textContent).join("")
    })
  })
}"""


def trips(graph: Graph) -> Iterator[list[Answer]]:
    """Ways from the start on which every answer is asked for, and some that chance takes."""
    ways: dict[int, list[Answer]] = {0: []}
    for n in list(range(len(graph.states))):
        for answer in graph.states[n].answers:
            if n in ways:
                ways.setdefault(answer.to, [*ways[n], answer])
    for n, way in ways.items():
        answers = graph.states[n].answers
        yield [*way, *(answer for answer in answers if answer.to == n and not answer.during)]
        yield from ([*way, answer] for answer in answers if answer.to != n or answer.during)
    chance = random.Random(1)
    for _ in range(5):
        here, trip = 0, list[Answer]()
        for _ in range(20):
            trip.append(chance.choice(graph.states[here].answers))
            here = trip[-1].to
        yield trip


def differences(desk: Locator, graph: Graph) -> list[str]:
    """Type all of it into a practice; return the lines that are answered otherwise."""
    all_trips = list(trips(graph))
    typed: list[list[dict[str, str | bool]]] = []
    expected: list[tuple[str, list[str]]] = []
    for trip in all_trips:
        names: dict[str, str] = {}
        typed.append([])
        for answer in trip:
            line = shown(answer.typed, names)
            typed[-1].append({"line": line, "held": bool(answer.during)})
            expected.append((line, [shown(text, names) for text in answer.output]))
            names = renamed(answer, names)
    answered = [text for trip in desk.evaluate(TYPE, typed) for text in trip]
    return [
        f"{line}: {text!r}"
        for (line, lines), text in zip(expected, answered, strict=True)
        if text != "".join(f"{part}\n" for part in lines)
    ]


@pytest.mark.parametrize("slug", sorted(PLACES))
def test_what_led_further_than_was_explored_is_answered_and_all_stays_as_it_was(
    page: Page, site: str, graphs: dict[str, Graph], slug: str
) -> None:
    """Otherwise a reader would stand where nobody has been, or be refused what was recorded."""
    desk, graph = open_desk(page, site, slug), graphs[slug]
    typed, expected = list[list[dict[str, str | bool]]](), list[str]()
    for n, way in ways(graph, lambda one: not (one.names or one.during)).items():
        looks = [one for one in graph.states[n].answers if one.to == n and not one.during]
        for said in graph.states[n].beyond if looks else ():
            lines = (*way, said.typed, looks[0].typed)
            typed.append([{"line": line, "held": False} for line in lines])
            told = (*said.output, "That is the engine’s whole answer. What comes after it was not")
            expected += ["\n".join(told), "\n".join(looks[0].output)]
    shown = [text for trip in desk.evaluate(TYPE, typed) for text in trip[-2:]]
    for text, start in zip(shown, expected, strict=True):
        assert text.startswith(start)


@pytest.mark.parametrize("slug", sorted(PLACES))
def test_every_answer_of_a_practice_is_the_one_that_was_recorded(
    page: Page, site: str, graphs: dict[str, Graph], slug: str
) -> None:
    desk = open_desk(page, site, slug)
    assert differences(desk, graphs[slug]) == []


@pytest.mark.parametrize("slug", sorted(PLACES))
def test_no_two_answers_of_a_state_are_to_one_command(
    page: Page, graphs: dict[str, Graph], slug: str
) -> None:
    source = (ROOT / "docs/theme/assets/practice.js").read_text(encoding="utf-8")
    twice = page.evaluate(
        f"""graph => {{
          {source.replace("export default", "const terminal =")}
          return graph.states.flatMap(({{ answers }}) => {{
            const asked = answers.map(one => normal(one.typed, graph.commands, tagless))
            return asked.filter((one, n) => asked.indexOf(one) !== n)
          }})
        }}""",
        graphs[slug].model_dump(mode="json"),
    )
    assert twice == []


@pytest.mark.parametrize("slug", sorted(PLACES))
def test_the_solution_of_a_practice_reaches_its_goals(page: Page, site: str, slug: str) -> None:
    desk = open_desk(page, site, slug)
    (one,) = practice.load_all([example.load(ROOT / "examples" / slug)])
    for command in one.solution:
        types(desk, command)
    expect(desk.locator(".ended")).to_be_visible()


def test_an_answer_that_was_altered_or_leads_elsewhere_is_noticed(
    page: Page, site: str, graph: Graph
) -> None:
    start = graph.states[0]
    n = next(n for n, one in enumerate(start.answers) if one.to and not one.during)
    answers = list(start.answers)
    for change in ({"output": ("Something else",)}, {"to": 0}):
        altered = [*answers[:n], answers[n].model_copy(update=change), *answers[n + 1 :]]
        states = (start.model_copy(update={"answers": tuple(altered)}), *graph.states[1:])
        wrong = graph.model_copy(update={"states": states}).model_dump_json()
        page.route("**/practise-*.json", lambda route, _, body=wrong: route.fulfill(body=body))
        assert differences(open_desk(page, site, SLUG), graph)
        page.unroute("**/practise-*.json")


def shown(text: str, names: dict[str, str]) -> str:
    """A text with what the reader has seen things called, an id in full or cut short."""
    if not names:
        return text
    longest = sorted(names, key=len, reverse=True)
    ids = [name for name in longest if re.fullmatch("[0-9a-f]{12}", name)]
    words = "|".join([*map(re.escape, longest), *(f"{name}[0-9a-f]+" for name in ids)])

    def name(found: re.Match[str]) -> str:
        word = found[0]
        whole = [one for one in longest if len(one) == 64 and one.startswith(word)]
        cut = names[whole[0]][: len(word)] if whole else names.get(word[:12], "") + word[12:]
        return names.get(word, cut)

    return re.sub(rf"(?<!\w)(?:{words})(?!\w)", name, text)


def renamed(answer: Answer, names: dict[str, str]) -> dict[str, str]:
    return names | {there: names.get(here, here) for there, here in answer.names.items()}
