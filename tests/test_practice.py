"""Practices: goals, what is explored of them, and the terminal that answers from it."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from scripts import example, practice
from scripts.graph import FOLDER, Answer, Graph, load
from scripts.practice import Goal
from scripts.site import build
from scripts.state import Account, Container, Image, bound
from tests.conftest import ROOT, Handler, Run, Write

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


def test_two_states_are_one_where_only_ids_and_made_up_names_differ() -> None:
    one = Account(containers=(container("a"), container("b", "happy_moser")))
    other = Account(containers=(container("c"), container("d", "sad_wu")))
    assert one.key == other.key
    bindings = bound(one, other)
    assert bindings.to_seen(f"{'a' * 12} {'b' * 64} happy_moser") == f"{'c' * 12} {'d' * 64} sad_wu"
    assert one.key != Account(containers=(container("a", "wbe"), container("b", "happy_moser"))).key


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


@pytest.mark.engine
def test_every_turn_is_answered_in_every_state_that_it_leads_to(
    run: Run, write: Write, kept: None
) -> None:
    folder = write(SESSION)
    (folder / "practice.toml").write_text(PRACTICE)
    done = run("explore", "--examples", folder.parent)
    assert done.returncode == 0, done.stderr
    graph = explored(folder)
    states = [sorted(c.name for c in state.account.containers) for state in graph.states]
    assert states[0] == []
    assert sorted(states) == [[], ["one"], ["one", "two"], ["two"]]
    start = {answer.typed: answer for answer in graph.states[0].answers}
    assert "Hello from Docker!" in start["docker run --name one hello-world"].output
    assert start["docker rm one"].output == ("Error response from daemon: No such container: one",)
    assert graph.states[start["docker run --name one hello-world"].to].met == (0,)
    again = run("explore", "--examples", folder.parent)
    assert again.stdout.startswith("1 practice, 1 of them unchanged: 4 states")


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
def graph(run: Run) -> Graph:
    """What was explored of a practice of the site, explored now if it was not."""
    done = run("explore", SLUG)
    assert done.returncode == 0, done.stderr
    return explored(ROOT / "examples" / SLUG)


@pytest.fixture(scope="module")
def place(graph: Graph, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the page, on a site that knows what was explored."""
    folder = tmp_path_factory.mktemp("practice") / "site"
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
    address = f"http://127.0.0.1:{server.server_port}/some/path/"
    build.build(folder, address, ("en",))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"{address}en/practise/"
    server.shutdown()


@pytest.fixture
def desk(page: Page, place: str) -> Locator:
    """The practice, on a page that may have others."""
    page.goto(place)
    found = page.locator(f"#practise-{SLUG}")
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
    assert last_shown(desk) == "web\n"


def test_ctrl_c_ends_what_does_not_come_back(desk: Locator) -> None:
    types(desk, "docker run --name web -p 8080:80 nginx")
    expect(desk.locator(".typing.running")).to_have_count(1)
    desk.get_by_label("Your command").press("Control+c")
    expect(desk.locator(".world")).to_contain_text("web · exited (0)")


def test_what_nobody_tried_is_said_to_be_so_and_nothing_changes(desk: Locator) -> None:
    types(desk, "docker run -d --name web -p 9999:80 nginx")
    assert "makes no answer up" in last_shown(desk)
    assert "docker run -d --name web -p 8080:80 nginx" in last_shown(desk)
    expect(desk.locator(".world")).not_to_contain_text("web")
    types(desk, '<img src=x onerror=alert(1)> "')
    assert "makes no answer up" in last_shown(desk)


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


def test_on_any_way_through_the_page_shows_what_was_recorded(desk: Locator, graph: Graph) -> None:
    chance, here, names = random.Random(1), 0, dict[str, str]()
    for _ in range(100):
        answer = chance.choice(graph.states[here].answers)
        if answer.during:
            continue
        types(desk, answer.typed if answer.typed == "ls" else shown(answer.typed, names))
        assert last_shown(desk).splitlines() == [
            line for text in answer.output for line in shown(text, names).splitlines() or [""]
        ]
        names, here = renamed(answer, names), answer.to


def shown(text: str, names: dict[str, str]) -> str:
    """A text with what the reader has seen things called."""
    bindings = sorted(names.items(), key=lambda item: -len(item[0]))
    marks = {old: f"\0{n}\0" for n, (old, _) in enumerate(bindings)}
    for old, mark in marks.items():
        text = text.replace(old, mark)
    for n, (_, new) in enumerate(bindings):
        text = text.replace(f"\0{n}\0", new)
    return text


def renamed(answer: Answer, names: dict[str, str]) -> dict[str, str]:
    return names | {there: names.get(here, here) for there, here in answer.names.items()}
