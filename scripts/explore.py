"""Explore: what an engine answers at every turn of a practice, as a graph of its states.

A lab is brought to a state, and each turn is typed there. What changes nothing is answered in
place; what changes something leads to another state, where the lab goes on. Where nothing is left
to type, a lab takes a way that is known to where something is; where there is none, it is given up,
and a new one is brought there.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections import deque
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from scripts import settings
from scripts.errors import BadInput, Problem
from scripts.graph import Answer, Command, Graph, Option, State
from scripts.kinds import Bindings, tokens
from scripts.lab.bench import Bench
from scripts.lab.lab import Lab
from scripts.practice import INTERRUPT, Exercise
from scripts.session import Session
from scripts.settings import line_of
from scripts.state import QUESTION, Account, account, bound
from scripts.transcript import SHELL_PROMPT
from scripts.verify import Verifier, session_in

LIMIT = 60.0  # seconds until a command must have come back
BEGINNING = 10.0  # seconds for a container to start, where a turn starts one and stays with it
QUIET = 1.0  # seconds without output, until Ctrl-C is pressed where a turn says so
SETTLING = 5.0  # seconds that a change may take to show
SERVING = 2.0  # seconds that a server may take to begin
FAR = 4  # commands, at most, to another state: a new lab takes as long as some four
TRIES = 3  # how often a state is to be reached again, before it is given up
PACE = 0.1  # seconds between two looks at the engine

# What a reader may ask at any time, without changing anything.
_LOOKS = ("docker ps", "docker ps -a", "docker images", "docker volume ls", "docker network ls")
_OF_ALL = ("docker logs {0}", "docker port {0}", "docker inspect {0}")
_OF_RUNNING = ("docker top {0}",)


def basis(bench: Bench) -> str:
    """A hash of what an exploration rests on besides the practice: engine, images, our own code."""
    code = [Path(__file__).with_name(f"{name}.py") for name in ("explore", "state", "practice")]
    parts = [bench.basis, *(path.read_text(encoding="utf-8") for path in code)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def explore(verifier: Verifier, bench: Bench, exercise: Exercise) -> Graph:
    """Explore a practice in new labs. Raises BadInput where it cannot be practised as it says."""
    started, began = datetime.now(UTC), time.monotonic()
    explorer = _Explorer(verifier, exercise)
    explorer.run()
    graph = Graph(
        slug=exercise.example.slug,
        digest=exercise.digest,
        basis=basis(bench),
        version=bench.versions()["engine"],
        images=bench.source,
        started=started,
        seconds=time.monotonic() - began,
        folder=exercise.example.slug,
        states=explorer.found(),
        commands=explorer.commands,
    )
    _check(exercise, graph)
    return graph


def _check(exercise: Exercise, graph: Graph) -> None:
    goals = exercise.practice.goals
    if 0 in graph.states[0].met:
        what = f"the start already meets the first goal, «{goals[0].en}»"
        raise _wrong(exercise, 0, what, "begin at an earlier step, or change it")
    reached = graph.reaches(exercise.solution, len(goals))
    if reached < len(goals):
        what = f"the solution does not reach the goal «{goals[reached].en}»"
        raise _wrong(exercise, reached, what, "mend the goal, or the session")


def _wrong(exercise: Exercise, goal: int, what: str, instead: str) -> BadInput:
    line = line_of(settings.text(exercise.path), ["goals", str(goal)])
    return BadInput([Problem(exercise.path, line, what, instead)])


class _Place:
    """A state while it is explored: what is still to be typed in it."""

    def __init__(self, account: Account, path: tuple[str, ...], todo: list[str]) -> None:
        self.account = account
        self.path = path
        self.todo = todo
        self.missed = 0
        self.answers: list[Answer] = []


class _Explorer:
    """Brings labs to the states of a practice, and notes what is answered there."""

    def __init__(self, verifier: Verifier, exercise: Exercise) -> None:
        self._verifier = verifier
        self._exercise = exercise
        self._goals = exercise.practice.goals
        self._addresses = sorted({goal.address for goal in self._goals if goal.address})
        self._places: list[_Place] = []
        self._index: dict[object, int] = {}
        self.commands: tuple[Command, ...] = ()

    def run(self) -> None:
        """Type all there is to type."""
        todo: int | None = 0
        while todo is not None:
            example = self._exercise.example
            with self._verifier.lab(example) as lab, session_in(lab, example) as session:
                _Walk(lab, session, self).go(todo)
            todo = next((n for n, place in enumerate(self._places) if place.todo), None)
        with self._verifier.lab(self._exercise.example) as lab:
            typed = {answer.typed for place in self._places for answer in place.answers}
            self.commands = tuple(_commands(lab, typed))

    def found(self) -> tuple[State, ...]:
        """Return the states, with what was answered in each."""
        return tuple(
            State(
                account=place.account.model_copy(update={"answers": {}}),
                met=tuple(n for n, g in enumerate(self._goals) if g.met(place.account, "")),
                answers=tuple(place.answers),
            )
            for place in self._places
        )

    @property
    def known(self) -> bool:
        """Whether any state is known yet."""
        return bool(self._places)

    def way(self, n: int) -> list[Answer]:
        """Return the shortest way from a state to one where something is left to type, if any."""
        ways: dict[int, list[Answer]] = {n: []}
        queue = deque([n])
        while queue:
            here = queue.popleft()
            if self._places[here].todo:
                return ways[here]
            for answer in self._places[here].answers if len(ways[here]) < FAR else ():
                if answer.to not in ways:
                    ways[answer.to] = [*ways[here], answer]
                    queue.append(answer.to)
        return []

    def place(self, n: int) -> _Place:
        """Return a state by its number."""
        return self._places[n]

    def number(self, account: Account, path: tuple[str, ...]) -> int | None:
        """Return the number of a state, a new one if it is new; None if there are too many."""
        if account.key not in self._index:
            practice = self._exercise.practice
            if len(self._places) >= practice.states:
                return None
            right = (*self._exercise.solution, *practice.repairs)
            astray = sum(command not in right for command in path)
            turns = practice.turns if astray < practice.astray else ()
            todo = dict.fromkeys((*self._looks(account), *right, *turns))
            self._index[account.key] = len(self._places)
            self._places.append(_Place(account, path, list(todo)))
        return self._index[account.key]

    def _looks(self, account: Account) -> Iterator[str]:
        yield from _LOOKS
        for one in account.containers:
            yield from (look.format(one.name) for look in _OF_ALL)
            if one.state == "running":
                yield from (look.format(one.name) for look in _OF_RUNNING)
        ports = {p for one in account.containers for p in re.findall(r":(\d+)->", str(one.ports))}
        yield from (f"curl http://localhost:{port}" for port in sorted(ports | {"8080"}))
        yield "ls"
        yield from (f"cat {name}" for name in self._exercise.example.files)

    def met(self, printed: str) -> tuple[int, ...]:
        """Return the goals that an output reaches."""
        return tuple(n for n, g in enumerate(self._goals) if g.printed and g.printed in printed)

    def settled(self, lab: Lab, last: Account | None = None, failed: bool = False) -> Account:
        """Return the engine's account once it stays the same.

        Where it is another than the `last` one, servers may be about to begin: they have. After a
        command that has `failed`, an account that is the last one is believed at once.
        """
        deadline = time.monotonic() + SETTLING
        before, now = None, self._account(lab)
        if failed and last and last.key == now.key:
            return now
        while time.monotonic() < deadline and (before is None or before.key != now.key):
            time.sleep(PACE)  # the pace of asking; the condition is above
            before, now = now, self._account(lab)
        if last and last.key == now.key:
            return now
        _serving(lab, now)
        return self._account(lab)

    def _account(self, lab: Lab) -> Account:
        said = lab.run("bash", "-c", QUESTION)
        fetch = partial(lab.run, "sh", "-c", 'curl -s --max-time 2 "$1" || true', "sh")
        return account(said, {address: fetch(address) for address in self._addresses})

    @property
    def exercise(self) -> Exercise:
        """What is explored."""
        return self._exercise


def _serving(lab: Lab, now: Account) -> None:
    """Wait a moment until every published port answers: a server has begun by the next command."""
    deadline = time.monotonic() + SERVING
    running = [port for one in now.containers if one.state == "running" for port in one.ports]
    for port in {found[1] for port in running if (found := re.search(r":(\d+)->", port))}:
        fetch = f"curl --silent --max-time 1 localhost:{port} >/dev/null && echo yes || true"
        while not lab.run("sh", "-c", fetch) and time.monotonic() < deadline:
            time.sleep(PACE)


class _Walk:
    """A lab on its way from state to state."""

    def __init__(self, lab: Lab, session: Session, explorer: _Explorer) -> None:
        self._lab = lab
        self._session = session
        self._explorer = explorer

    def go(self, n: int) -> None:
        """Go to a state, type what is to be typed there, and on, until nothing is left to type.

        Where the way leads elsewhere time and again, that is no place to answer for.
        """
        here: int | None = n
        if not self._begin(n):
            place = self._explorer.place(n)
            place.missed += 1
            if place.missed == TRIES:
                place.todo.clear()
            return
        while here is not None:
            if todo := self._explorer.place(here).todo:
                here = self._try(here, todo.pop(0))
            elif way := self._explorer.way(here):
                here = self._follow(here, way)
            else:
                return

    def _follow(self, here: int, way: Sequence[Answer]) -> int | None:
        """Type what has been answered before; return where that leads, if it is where it led."""
        for known in way:
            place = self._explorer.place(known.to)
            self._type(known.typed + (INTERRUPT if known.before is not None else ""))
            seen = self._explorer.settled(self._lab)
            if seen.key != place.account.key:
                return None
            self._session.bindings = bound(place.account, seen)
            here = known.to
        return here

    def _begin(self, n: int) -> bool:
        """Bring the lab to a state; say whether it got there."""
        explorer = self._explorer
        path = explorer.place(n).path if n else ()
        for command in (*explorer.exercise.setup, *path):
            self._type(command)
            explorer.settled(self._lab)
        seen = explorer.settled(self._lab)
        if n == 0 and not explorer.known:
            explorer.number(seen, ())
        if explorer.place(n).account.key != seen.key:
            return False
        self._session.bindings = bound(explorer.place(n).account, seen)
        return True

    def _try(self, n: int, command: str) -> int | None:
        """Type a command in a state; return the state it leads to, None if that is too far."""
        place, bindings = self._explorer.place(n), self._session.bindings
        before, lines, status = self._type(command)
        settled = partial(self._explorer.settled, self._lab, place.account, failed=bool(status))
        seen = None if _only_looks(command) else settled()
        here = seen.translated(bindings) if seen else place.account
        there = self._explorer.number(here, (*place.path, command))
        if there is None:
            return None
        shown = tuple(map(bindings.to_expected, lines))
        target = self._explorer.place(there).account
        names = dict(_renamed(bound(target, here), target)) if target is not here else {}
        answer = Answer(
            typed=command.removesuffix(INTERRUPT),
            output=shown,
            status=status,
            to=there,
            before=before,
            names=names,
            met=self._explorer.met("\n".join(shown)),
        )
        place.answers.append(answer)
        if seen:
            self._session.bindings = bound(target, seen)
        return there

    def _running(self) -> set[str]:
        return set(self._lab.run("docker", "ps", "--quiet").split())

    def _type(self, command: str) -> tuple[int | None, tuple[str, ...], int | None]:
        """Return the number of lines before Ctrl-C, if it was pressed; all lines; the status."""
        deadline = time.monotonic() + LIMIT
        before = None
        if command.endswith(INTERRUPT):
            typed = command.removesuffix(INTERRUPT)
            earlier = time.monotonic()
            running = self._running()
            before, answer = self._session.watch(
                typed,
                lambda: self._running() != running or time.monotonic() - earlier > BEGINNING,
                QUIET,
                deadline,
            )
        else:
            answer = self._session.ask(command, deadline)
        if answer.prompt != SHELL_PROMPT:
            path = self._explorer.exercise.path
            what = f"«{command}» does not come back"
            raise BadInput([Problem(path, 1, what, f"write «{command}{INTERRUPT}», or remove it")])
        return before, tuple(line.rstrip() for line in answer.lines), answer.status


def _only_looks(command: str) -> bool:
    verbs = "ps|images|logs|port|inspect|top|stats|volume ls|network ls|version|info|history"
    return re.match(rf"(?:docker (?:{verbs})\b|curl |ls\b|cat )", command) is not None


def _renamed(bindings: Bindings, target: Account) -> Iterator[tuple[str, str]]:
    """Yield what the things of a state are called there, and here, where that differs."""
    for token in tokens(json.dumps(target.lines())):
        if token.kind and (other := bindings.to_seen(token.text)) != token.text:
            yield token.text, other
            if len(token.text) == 64:  # an id: most commands show its first 12 digits
                yield token.text[:12], other[:12]


def _commands(lab: Lab, typed: set[str]) -> Iterator[Command]:
    """Yield how each command of Docker's among these is written, from its own help."""
    seen: set[str] = set()
    for words in sorted({tuple(command.split()[1:3]) for command in typed if _is_docker(command)}):
        said, verb = _helped(lab, words[0]), words[0]
        if said.partition("\n")[0].endswith(" COMMAND") and len(words) > 1:
            said, verb = _helped(lab, *words), " ".join(words)
        if verb not in seen:
            found = _help(verb, said)
            seen.update(found.names)
            yield found


def _is_docker(command: str) -> bool:
    return command.startswith("docker ") and not command.startswith("docker -")


def _helped(lab: Lab, *words: str) -> str:
    return lab.run("docker", *words, "--help").partition("Usage:")[2]


_ALIASES = re.compile(r"Aliases:\n((?:  .*\n)+)")
_OPTION = re.compile(r"^ +(?:(-\w), )?(--[\w-]+)(?: (\w+))?(?:  +|$)", re.MULTILINE)


def _help(verb: str, said: str) -> Command:
    aliases = _ALIASES.search(said)
    names = re.findall(r"docker ([a-z ]+?)(?:,|\n|$)", aliases[1]) if aliases else []
    options: dict[str, Option] = {}
    for short, long, value in _OPTION.findall(said):
        option = Option(name=long, valued=bool(value))
        options |= {name: option for name in (short, long) if name}
    ends = "[ARG...]" in said.partition("\n")[0]
    return Command(names=tuple(dict.fromkeys([*names, verb])), ends=ends, options=options)
