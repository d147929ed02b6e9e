"""Explore: what an engine answers at every turn of a practice, as a graph of its states.

A lab is brought to a state, and each turn is typed there. What changes nothing is answered in
place; what changes something leads to another state, where the lab goes on. Where nothing is left
to type, a lab takes a way that is known to where something is. Where a command leads too far, what
it did is undone; where that cannot be, or there is no way, the lab is emptied and begins over. One
that cannot even be emptied is given up for a new one.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Condition
from typing import NamedTuple

from scripts import settings
from scripts.errors import BadInput, MachineError, Problem
from scripts.graph import Answer, Command, During, Graph, Said, State
from scripts.inspection import listening, observe, running, undo
from scripts.kinds import Bindings, shape, tokens
from scripts.lab.bench import Bench
from scripts.lab.lab import Lab
from scripts.manual import LIMIT, Manual, of_nobody, said
from scripts.practice import CANCEL, INTERRUPT, Exercise
from scripts.session import Answer as Typed
from scripts.session import Session
from scripts.settings import line_of
from scripts.state import Account, bound
from scripts.terminal import Closed
from scripts.transcript import SHELL_PROMPT
from scripts.verify import BROKEN, Verifier, session_in, type_step

MEMORY = 1.0  # GB that a lab may need where nothing large is pulled or built
BEGINNING = 10.0  # seconds for a container to start, where a turn starts one and stays with it
QUIET = 0.5  # seconds without output, until Ctrl-C is pressed where a turn says so
SETTLING = 5.0  # seconds that a change may take to show
SERVING = 2.0  # seconds that a server may take to begin
FAR = 4  # commands, at most, to another state: a new lab takes as long as some four
MOST = 2  # times the states that a practice names, where something is done in a program
AGAIN = 2  # times that the same command leads on: `up` and `down` leave another volume each time
TRIES = 3  # how often a state is to be reached again, before it is given up
WORTH = 5  # commands left to type in a practice, for a lab more
PACE = 0.2  # seconds between two looks at the engine

# What a reader may ask at any time, without changing anything.
_LOOKS = ("docker ps", "docker ps -a", "ls", "curl http://localhost")
_OF_ALL = ("docker logs {0}",)
# What is asked less often, so only on the right way.
_MORE_LOOKS = ("docker images", "docker volume ls", "docker network ls")
_MORE_OF_ALL = ("docker port {0}", "docker inspect {0}")
_MORE_OF_RUNNING = ("docker top {0}", "docker stats --no-stream {0}")
_PRUNE = "docker container prune"
# What a reader may try on whatever there is, on the right way and a turn or two beside it.
_TRIES_OF_RUNNING = ("docker stop {0}", "docker rm {0}", "docker rm -f {0}")
_TRIES_OF_STOPPED = (
    *("docker start {0}", "docker stop {0}", "docker rm {0}", "docker rm -f {0}"),
    _PRUNE,
)
# What undoes a wrong turn: whoever has taken one is not to be left there.
_UNDOING = re.compile(r"docker (start|stop|rm|rm -f) (\S+)")
# Where one is.
_HERE = ("pwd", "whoami")
# Programs that wait at a prompt of their own, and what is always answered there: shells of
# containers, by bash, by the shell of Alpine and by that of Debian, and Docker where it wants to be
# sure.
_SURE = "Are you sure you want to continue? [y/N] "
EXIT = "exit"
_INSIDE = ("ls", "pwd", "whoami", "hostname", "docker ps", EXIT)
_PROMPTS = {
    **dict.fromkeys(("root@0123456789ab:/# ", "/ # ", "# "), _INSIDE),
    _SURE: ("y", "n", CANCEL),
}


def basis(bench: Bench) -> str:
    """A hash of what an exploration rests on besides the practice: engine, images, our own code."""
    names = ("explore", "manual", "state", "inspection", "practice")
    code = [Path(__file__).with_name(f"{name}.py") for name in names]
    parts = [bench.basis, *(path.read_text(encoding="utf-8") for path in code)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def explore(
    verifier: Verifier, bench: Bench, exercises: Sequence[Exercise], jobs: int
) -> Iterator[Graph | BadInput]:
    """Yield what came of each practice, as they end; `jobs` labs explore at once.

    What is wrong with one is yielded, rather than what others gave lost. A lab whose practice has
    ended helps with another one. Raises MachineError if a lab cannot do its work.
    """
    manual = Manual()
    explorers = [_Explorer(verifier, exercise, manual) for exercise in exercises]
    work: list[Callable[[], Graph | BadInput | None]]
    work = [partial(_tried, explorer, bench) for explorer in explorers]
    work += [partial(_help, explorers)] * jobs
    yield from filter(None, verifier.side_by_side(lambda one: one(), work, jobs))


def _tried(explorer: _Explorer, bench: Bench) -> Graph | BadInput:
    try:
        return _explored(explorer, bench)
    except BadInput as error:
        return error


def _help(explorers: Sequence[_Explorer]) -> None:
    """Help where most is left to type, for as long as it is worth a lab."""
    while (most := max(explorers, key=lambda one: one.left)).left > WORTH:
        most.help()


def _explored(explorer: _Explorer, bench: Bench) -> Graph:
    started, began, exercise = datetime.now(UTC), time.monotonic(), explorer.exercise
    explorer.run()
    if problems := [_no_answer(exercise, command) for command in explorer.held()]:
        raise BadInput(problems)
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
        anywhere=explorer.anywhere,
    )
    _check(exercise, graph)
    return graph


def _check(exercise: Exercise, graph: Graph) -> None:
    goals = exercise.practice.goals
    reached = graph.reaches(exercise.solution, len(goals))
    if reached < len(goals):
        what = f"the solution does not reach the goal «{goals[reached].en}»"
        raise _wrong(exercise, reached, what, "mend the goal, or the session")


def _no_answer(exercise: Exercise, command: str) -> Problem:
    lines = settings.text(exercise.path).splitlines()
    line = next((n for n, text in enumerate(lines, 1) if command in text), 1)
    instead = f"write «{command}{INTERRUPT}», or remove it"
    return Problem(exercise.path, line, f"«{command}» does not come back", instead)


def _wrong(exercise: Exercise, goal: int, what: str, instead: str) -> BadInput:
    line = line_of(settings.text(exercise.path), ["goals", str(goal)])
    return BadInput([Problem(exercise.path, line, what, instead)])


class _At(NamedTuple):
    """Where a terminal is: the engine's account, and the prompt at which one types.

    `entered` is the command that a program was entered by, or that asked a question.
    """

    account: Account
    prompt: str
    entered: str

    def looks_from(self, before: _At) -> bool:
        """Whether this is a container's shell, entered from there, and nothing else is new."""
        shell = self.prompt not in (SHELL_PROMPT, _SURE)
        return shell and self.account.key == before.account.key

    @property
    def key(self) -> object:
        """What is equal in the same state."""
        return self.account.key, shape(self.prompt), shape(self.entered)


class _Move(NamedTuple):
    """A command as it is typed, and the number of the state that it leads to."""

    command: str
    to: int


class _Place:
    """A state while it is explored: what is still to be typed in it."""

    def __init__(self, at: _At, way: tuple[_Move, ...], todo: list[str]) -> None:
        self.at = at
        self.way = way
        self.todo = todo
        self.missed = 0
        self.answers: list[Answer] = []

    def miss(self) -> None:
        """Note that it was not reached again; time and again, it is no place to answer for."""
        self.missed += 1
        if self.missed == TRIES:
            self.todo.clear()


class _Explorer:
    """Brings labs to the states of a practice, and notes what is answered there."""

    def __init__(self, verifier: Verifier, exercise: Exercise, manual: Manual) -> None:
        self._verifier = verifier
        self._manual = manual
        self.exercise = exercise
        self._goals = exercise.practice.goals
        self._addresses = exercise.practice.addresses
        self._places: list[_Place] = []
        self._index: dict[object, int] = {}
        self._moving: set[object] = set()
        self._wandered = 0
        self._held: set[str] = set()
        self._helpers = 0
        self._changes = Condition()
        self.commands: tuple[Command, ...] = ()
        self.anywhere: tuple[Said, ...] = ()

    def run(self) -> None:
        """Type all there is to type."""
        while self._goes_on():
            self._walk()
        example = self.exercise.example
        with self._verifier.lab(example) as lab, session_in(lab, example) as session:
            self.commands = self._manual.commands(lab, self._typed)
            here = tuple(said(session, one) for one in _HERE)
            self.anywhere = here + self._manual.anywhere(session, self.commands)

    def help(self) -> None:
        """Type in a lab more, as long as anything is left to type."""
        with self._changes:
            self._helpers += 1
        try:
            self._walk()
        finally:
            with self._changes:
                self._helpers -= 1
                self._changes.notify_all()

    @property
    def left(self) -> int:
        """How much is known to be left to type, for each lab that types already."""
        return sum(len(place.todo) for place in self._places) // (1 + self._helpers)

    def _goes_on(self) -> bool:
        """Say whether anything is left to type, now or when those have done who help."""
        with self._changes:
            self._changes.wait_for(lambda: self.todo() is not None or not self._helpers)
            return not self._places or self.todo() is not None

    def _walk(self) -> None:
        """Type what is left to type, in one lab."""
        todo, example = self.todo() or 0, self.exercise.example
        with self._verifier.lab(example) as lab, session_in(lab, example) as session:
            walk = _Walk(lab, session, self)
            try:
                walk.go(todo)
            except _Held as held:  # there is no answer to it here, and the lab is lost
                self._held.add(str(held))
            except Closed:  # the shell is gone: with its lab, or nobody knows why
                if not lab.trouble():
                    raise
            if trouble := lab.trouble():
                raise MachineError(f"{BROKEN}: {trouble}", "type it again")
        if self._places and not walk.tried:
            self._places[todo].miss()

    def todo(self) -> int | None:
        """Return the number of the first state where something is left to type, if any."""
        return next((n for n, place in enumerate(self._places) if place.todo), None)

    @property
    def _typed(self) -> set[str]:
        return {answer.typed for place in self._places for answer in place.answers}

    def held(self) -> Iterator[str]:
        """Yield the commands that came back in no state."""
        typed = self._typed
        yield from (one for one in sorted(self._held) if one.removesuffix(INTERRUPT) not in typed)

    def found(self) -> tuple[State, ...]:
        """Return the states, with what was answered in each."""
        return tuple(
            State(
                account=place.at.account.model_copy(update={"answers": {}}),
                prompt=place.at.prompt,
                # A shell in a container makes it run, until one leaves it.
                met=self.met(place.at.account) if place.at.prompt == SHELL_PROMPT else (),
                answers=tuple(place.answers),
            )
            for place in self._places
        )

    @property
    def known(self) -> bool:
        """Whether any state is known yet."""
        return bool(self._places)

    def way(self, n: int) -> list[_Move]:
        """Return the shortest way from a state to one where something is left to type, if any."""
        ways: dict[int, list[_Move]] = {n: []}
        queue = deque([n])
        while queue:
            here = queue.popleft()
            if self._places[here].todo:
                return ways[here]
            for answer in self._places[here].answers if len(ways[here]) < FAR else ():
                if answer.to not in ways:
                    command = answer.typed + (INTERRUPT if answer.during else "")
                    ways[answer.to] = [*ways[here], _Move(command, answer.to)]
                    queue.append(answer.to)
        return []

    def place(self, n: int) -> _Place:
        """Return a state by its number."""
        return self._places[n]

    def number(self, at: _At, came: tuple[_Move, ...] = (), by: str = "") -> int | None:
        """Return the number of a state, a new one if it is new; None if there are too many.

        `came` is the way to the state before it, from which the command `by` led here. Wherever one
        step leads off the right way, there is an answer, whoever has entered a program can leave
        it, and a wrong turn can be undone. A shell that changes nothing is always entered. Further
        off, only what is right and reaches a goal leads on, until there are as many states as a
        practice names, and what is done in a program, until there are twice as many.
        """
        with self._changes:
            return self._number(at, came, by)

    def _number(self, at: _At, came: tuple[_Move, ...], by: str) -> int | None:
        if at.key not in self._index:
            n, far = len(self._places), self._astray(came)
            before = self._places[came[-1].to if came else 0].at if by else at
            entered = before.entered
            again = not entered and sum(move.command == by for move in came) >= AGAIN
            leaves = entered and at.prompt == SHELL_PROMPT
            undoes = self._undoes(by, before.account, far)
            always = leaves or undoes or not far or at.looks_from(before)
            inside = entered or at.entered
            most = self.exercise.practice.states * (MOST if inside else 1)
            on = inside or (by in self._right and self._gains(before.account, at.account))
            if again or not (always or (on and self._wandered < most)):
                return None
            self._wandered += not always
            way = (*came, _Move(by, n)) if by else ()
            todo = self._turns(at, way) if at.prompt == SHELL_PROMPT else self._inside(at.prompt)
            self._index[at.key] = n
            self._places.append(_Place(at, way, list(dict.fromkeys(todo))))
            self._changes.notify_all()
        return self._index[at.key]

    def _gains(self, before: Account, now: Account) -> bool:
        return not {*self.met(now)} <= {*self.met(before)}

    def find(self, at: _At) -> int | None:
        """Return the number of a state, None if it is not known."""
        return self._index.get(at.key)

    def begin(self, at: _At) -> None:
        """Note the situation. Raises BadInput if it meets the first goal already."""
        if 0 in self.met(at.account):
            what = f"the start already meets the first goal, «{self._goals[0].en}»"
            raise _wrong(self.exercise, 0, what, "begin at an earlier step, or change it")
        self.number(at)

    def next(self, n: int) -> str | None:
        """Return what is to be typed next in a state, if anything is."""
        place = self._places[n]
        with self._changes:
            while place.todo:
                command = place.todo.pop(0)
                if not self._in_vain(command, place):
                    return command
        return None

    def _in_vain(self, command: str, place: _Place) -> bool:
        """Say whether a command would lead to a state for which there is no room.

        Where no more states fit, or a reader has gone astray far enough, it would if it led
        elsewhere before, where what it names was as it is here.
        """
        practice, astray = self.exercise.practice, self._astray(place.way)
        account = place.at.account
        if place.at.entered or command in self.exercise.solution:
            return False
        if of_nobody(command, account) or (astray and _as_without_force(command, account)):
            return True  # the page knows the answer
        if not astray or command in self._right or self._undoes(command, account, astray):
            return False
        last = self._full or (astray >= practice.astray and command in practice.turns)
        return last and _named(command, account) in self._moving

    @property
    def _full(self) -> bool:
        return self._wandered >= self.exercise.practice.states

    def _undoes(self, command: str, account: Account, astray: int) -> bool:
        """Say whether a command undoes one wrong turn, or removes what is of no use any more."""
        if command == _PRUNE:
            idle = (one for one in account.containers if one.state != "running")
            near = astray <= self.exercise.practice.astray
            return near and any(one.name not in self._named for one in idle)
        verb, name = match.groups() if (match := _UNDOING.fullmatch(command)) else ("", "")
        one = next((one for one in account.containers if one.name == name), None)
        if not one:
            return False
        useless = one.state != "running" or name not in self._named
        return astray <= self.exercise.practice.astray or (verb.startswith("rm") and useless)

    def _astray(self, way: Sequence[_Move]) -> int:
        """Count the commands on a way that neither the solution nor a repair is made of."""
        return sum(move.command not in self._right for move in way)

    @property
    def _named(self) -> set[str]:
        return {*re.findall(r" --name (\S+)", " ".join(self.exercise.solution))}

    @property
    def _right(self) -> tuple[str, ...]:
        return (*self.exercise.solution, *self.exercise.practice.repairs)

    def moved(self, command: str, place: _Place) -> None:
        """Note that a command led from a state elsewhere, and not only into a shell."""
        self._moving.add(_named(command, place.at.account))

    def _turns(self, at: _At, way: tuple[_Move, ...]) -> Iterator[str]:
        practice = self.exercise.practice
        astray = self._astray(way)
        yield from self._looks(at.account)
        yield from () if astray else self._more_looks(at.account)
        yield from self._right
        yield from self._tries(at.account, astray)
        yield from practice.turns if astray <= practice.astray else ()

    def _tries(self, account: Account, astray: int) -> Iterator[str]:
        near = astray <= self.exercise.practice.astray
        for one in account.containers:
            tries = _TRIES_OF_RUNNING if one.state == "running" else _TRIES_OF_STOPPED
            typed = (each.format(one.name) for each in tries)
            yield from (each for each in typed if near or self._undoes(each, account, astray))

    def _inside(self, prompt: str) -> Iterator[str]:
        yield from next(all_ for known, all_ in _PROMPTS.items() if shape(known) == shape(prompt))
        yield from self.exercise.practice.inside if prompt != _SURE else ()

    def _more_looks(self, account: Account) -> Iterator[str]:
        yield from _MORE_LOOKS
        for one in account.containers:
            looks = _MORE_OF_ALL + (_MORE_OF_RUNNING if one.state == "running" else ())
            yield from (look.format(one.name) for look in looks)

    def _looks(self, account: Account) -> Iterator[str]:
        yield from _LOOKS
        for one in account.containers:
            yield from (look.format(one.name) for look in _OF_ALL)
        ports = {p for one in account.containers for p in re.findall(r":(\d+)->", str(one.ports))}
        ports |= {"8080", *re.findall(r" -p (\d+):", " ".join(self.exercise.solution))}
        ports.discard("80")  # curl asks there anyway: for the page it would be the same command
        yield from (f"curl http://localhost:{port}" for port in sorted(ports))
        yield from (f"cat {name}" for name in self.exercise.example.files)

    def met(self, account: Account) -> tuple[int, ...]:
        """Return the goals that a state meets."""
        return tuple(n for n, g in enumerate(self._goals) if not g.printed and g.met(account, ""))

    def printed(self, text: str) -> tuple[int, ...]:
        """Return the goals that an output reaches."""
        return tuple(
            n for n, goal in enumerate(self._goals) if goal.printed and goal.met(Account(), text)
        )

    def settled(
        self,
        lab: Lab,
        last: Account | None = None,
        failed: bool = False,
        known: Account | None = None,
    ) -> Account:
        """Return the engine's account once it stays the same.

        Where it is another than the `last` one, servers may be about to begin: they have. An
        account is believed at once that is the last one after a command that has `failed`, or one
        that is `known` to come.
        """
        deadline = time.monotonic() + SETTLING
        before, now = None, self._account(lab)
        if failed and last and last.key == now.key:
            return now
        while time.monotonic() < deadline and now.key not in (
            before and before.key,
            known and known.key,
        ):
            time.sleep(PACE)  # the pace of asking; the condition is above
            before, now = now, self._account(lab)
        if last and last.key == now.key:
            return now
        _serving(lab, now)
        return now if known and known.key == now.key else self._account(lab)

    def _account(self, lab: Lab) -> Account:
        return observe(lab, self._addresses)


def _named(command: str, account: Account) -> object:
    """Return a command, and how what it names stands: where that is the same, it does the same."""
    words = set(re.split(r"[\s:=]", command))
    containers = {(shape(one.name), one.state) for one in account.containers if one.name in words}
    names = {name for one in account.images for name in one.names}
    names |= {one.name for one in account.volumes} | {one.name for one in account.networks}
    return shape(command), frozenset(containers), frozenset(words & names)


def _as_without_force(command: str, account: Account) -> bool:
    """Say whether this forces what need not be: it does and says what it does without."""
    name = command.removeprefix("docker rm -f ")
    ended = ("created", "exited")
    return any(one.name == name and one.state in ended for one in account.containers)


def _serving(lab: Lab, now: Account) -> None:
    """Wait a moment until what is published has begun: it listens. Nobody asks it: logs stay so."""
    deadline = time.monotonic() + SERVING
    published = {
        one.id
        for one in now.containers
        if one.state == "running" and any("->" in port for port in one.ports)
    }
    while published and time.monotonic() < deadline:
        published -= listening(lab, published)
        time.sleep(PACE if published else 0)


class _Held(Exception):  # noqa: N818 - reads as what it is
    """A command did not come back to a prompt."""


class _Walk:
    """A lab on its way from state to state."""

    def __init__(self, lab: Lab, session: Session, explorer: _Explorer) -> None:
        self._lab = lab
        self._session = session
        self._prompt = SHELL_PROMPT
        self._entered = ""
        self._bare = self._first = self._stood = Account()
        session.expect(_PROMPTS)
        self._explorer = explorer
        self.tried = 0

    def go(self, n: int) -> None:
        """Go to a state, type what is to be typed there, and on, until nothing is left to type."""
        here: int | None = n
        if not self._begin(n):
            return
        while here is not None:
            if command := self._explorer.next(here):
                here = self._try(here, command)
            else:
                way = self._explorer.way(here)
                here = way[-1].to if way and self._follow(way) else None
            if here is None:
                here = self._over()

    def _begin(self, n: int) -> bool:
        """Bring a new lab to a state; say whether it got there."""
        self._bare = self._explorer.settled(self._lab)
        return self._situation() and self._follow(self._explorer.place(n).way)

    def _situation(self) -> bool:
        """Make the situation that a reader begins in; say whether it is as it was before."""
        explorer = self._explorer
        options = explorer.exercise.example.options.steps
        self._session.bindings = Bindings()
        for step in explorer.exercise.setup:
            if type_step(self._session, step, options[step.name], self._lab.pace).reason:
                raise _Held(step.typed[-1])
        seen = self._at(explorer.settled(self._lab))
        self._first = seen.account
        if not explorer.known:
            explorer.begin(seen)
        return self._is(explorer.place(0), seen)

    def _is(self, place: _Place, seen: _At) -> bool:
        """Say whether this is a state that is known; if so, what things are called there holds."""
        if place.at.key != seen.key:
            return False
        self._stands(place, seen.account)
        return True

    def _follow(self, way: Sequence[_Move]) -> bool:
        """Go a way that was gone before; say whether it led where it had led."""
        for move in way:
            place = self._explorer.place(move.to)
            self._type(move.command)
            seen = self._explorer.settled(self._lab, known=place.at.account)
            if not self._is(place, self._at(seen)):
                return False
        return True

    def _try(self, n: int, command: str) -> int | None:
        """Type a command in a state; return the state it leads to, None if that is too far."""
        self.tried += 1
        explorer = self._explorer
        place, bindings = explorer.place(n), self._session.bindings
        try:
            answer, during = self._type(command)
        except _Held:
            explorer.moved(command, place)  # nowhere, and yet the lab is lost
            raise
        settled = partial(explorer.settled, self._lab, place.at.account, failed=bool(answer.status))
        seen = None if _only_looks(command) else settled()
        account = seen.translated(bindings) if seen else place.at.account
        here = _At(account, bindings.to_expected(self._prompt), self._entered)
        there = explorer.number(here, place.way, command)
        if there != n and not here.looks_from(place.at):
            explorer.moved(command, place)
        if there is None:
            return self._undone(self._stood)
        target = explorer.place(there)
        shown = tuple(bindings.to_expected(line.rstrip()) for line in answer.lines)
        place.answers.append(
            Answer(
                typed=command.removesuffix(INTERRUPT),
                output=shown,
                status=answer.status,
                to=there,
                during=during,
                names=_renamed(target.at, here),
                met=explorer.printed("\n".join(shown)),
            )
        )
        if seen:
            self._stands(target, seen)
        return there

    def _stands(self, place: _Place, seen: Account) -> None:
        """Note that the lab is in a state, in which things are called as they are seen here."""
        self._session.bindings = bound(place.at.account, seen)
        if self._prompt == SHELL_PROMPT:
            self._stood = seen

    def _over(self) -> int | None:
        """Begin over in this lab, and go where something is left to type, if it can."""
        n = self._explorer.todo()
        if n is None or not (self._undone(self._first) == 0 or self._emptied()):
            return None
        return n if self._follow(self._explorer.place(n).way) else None

    def _emptied(self) -> bool:
        """Empty the lab and make the situation anew; say whether it is as it was."""
        now = self._undo(self._bare)
        return now is not None and now.key == self._bare.key and self._situation()

    def _undone(self, before: Account) -> int | None:
        """Undo what was done since; return the state that it led to, None if it is not known."""
        if now := self._undo(before):
            seen = self._at(now)
            n = self._explorer.find(seen)
            if n is not None and self._is(self._explorer.place(n), seen):
                return n
        return None

    def _undo(self, before: Account) -> Account | None:
        """Leave what was entered, and undo what was done since; None if it cannot be left."""
        if self._prompt != SHELL_PROMPT:
            self._type(CANCEL if self._prompt == _SURE else EXIT)
        if self._prompt != SHELL_PROMPT:
            return None
        undo(self._lab, before, self._explorer.settled(self._lab))
        return self._explorer.settled(self._lab, known=before)

    def _type(self, command: str) -> tuple[Typed, During | None]:
        """Type a command, and note the prompt that follows; one that goes on is interrupted."""
        deadline = time.monotonic() + LIMIT
        during = None
        if command == EXIT:  # with what the last command ended, if not for this one
            self._session.ask("true", deadline, self._prompt)
        if command == CANCEL:
            answer = self._session.cancel(deadline, self._prompt)
        elif command.endswith(INTERRUPT):
            answer, during = self._watch(command.removesuffix(INTERRUPT), deadline)
        else:
            answer = self._session.ask(command, deadline, self._prompt)
        if answer.prompt is None:
            raise _Held(command)
        if answer.prompt == SHELL_PROMPT:
            self._entered = ""
        elif self._prompt == SHELL_PROMPT:
            self._entered = command
        self._prompt = answer.prompt
        return answer, during

    def _at(self, account: Account) -> _At:
        return _At(account, self._prompt, self._entered)

    def _watch(self, command: str, deadline: float) -> tuple[Typed, During | None]:
        """Type a command that goes on, and press Ctrl-C; how things stood until then is noted."""
        earlier, ran = time.monotonic(), running(self._lab)
        starts = re.search(r"\b(?:run|start|up)\b", command)
        accounts: list[Account] = []
        before, answer = self._session.watch(
            command,
            lambda: (
                not starts or running(self._lab) != ran or time.monotonic() - earlier > BEGINNING
            ),
            QUIET,
            deadline,
            lambda: accounts.append(self._explorer.settled(self._lab)),
        )
        if not accounts:
            return answer, None
        account = accounts[0].translated(self._session.bindings)
        met = self._explorer.met(account)
        return answer, During(
            before=before, account=account.model_copy(update={"answers": {}}), met=met
        )


def _only_looks(command: str) -> bool:
    if re.fullmatch("pwd|whoami|hostname", command):
        return True
    verbs = "ps|images|logs|port|inspect|top|stats|volume ls|network ls|version|info|history|config"
    return re.match(rf"(?:docker (?:compose )?(?:{verbs})\b|curl |ls\b|cat )", command) is not None


def _renamed(there: _At, here: _At) -> dict[str, str]:
    """Return what the things of a state are called there, and here, where that differs."""
    names: dict[str, str] = {}
    if there.account is here.account:
        return names
    bindings = bound(there.account, here.account)
    for token in tokens(json.dumps(there.account.lines())):
        if token.kind and (other := bindings.to_seen(token.text)) != token.text:
            names[token.text] = other
            if len(token.text) == 64:  # an id: most commands show its first 12 digits
                names[token.text[:12]] = other[:12]
    return names
