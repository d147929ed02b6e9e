"""Explore: what an engine answers at every turn of a practice, as a graph of its states.

A lab is brought to a state (see walk), and all that is asked there (see asking) is typed. What
changes nothing is answered in place; what changes something leads to another state, where the lab
goes on. Several labs may explore one practice side by side.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Condition, get_ident

from scripts import settings
from scripts.asking import CONFLICT, HERE, Asking, alike, as_without_force, name_taken, says_who
from scripts.effect import Effect, hangs_on, standstills
from scripts.errors import BadInput, MachineError, Problem
from scripts.graph import Answer, Command, During, Graph, Said, State
from scripts.kinds import shape
from scripts.lab.bench import Bench
from scripts.manual import Manual, of_nobody, said
from scripts.place import At, Move, Place
from scripts.practice import INTERRUPT, Exercise
from scripts.settings import line_of
from scripts.state import Account
from scripts.terminal import Closed
from scripts.transcript import SHELL_PROMPT
from scripts.verify import BROKEN, Verifier, session_in
from scripts.walk import Held, Walk

MEMORY = 1.0  # GB that a lab may need where nothing large is pulled or built
FAR = 6  # commands, at most, to another state: to begin over takes as long as some six
MOST = 2  # times the states that a practice names, where something is done in a program
AGAIN = 2  # times that the same command leads on: `up` and `down` leave another volume each time
WORTH = 5  # commands left to type in a practice, for a lab more
PATIENCE = 1.0  # seconds until a lab that could help looks again whether it is needed
WAITING = 5.0  # seconds that a lab may wait for work where it is: to begin elsewhere takes as long


def basis(bench: Bench) -> str:
    """A hash of what an exploration rests on besides the practice: engine, images, our own code."""
    names = "asking effect explore inspection manual place practice state walk".split()
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
    # What is written while they explore does not count as what they rest on.
    manual, changes, basis_ = Manual(), Condition(), basis(bench)
    explorers = [Explorer(verifier, exercise, manual, changes) for exercise in exercises]
    work: list[Callable[[], Graph | BadInput | None]]
    work = [partial(_tried, explorer, bench, basis_) for explorer in explorers]
    work += [partial(_help, explorers, changes)] * jobs
    yield from filter(None, verifier.side_by_side(lambda one: one(), work, jobs))


def _tried(explorer: Explorer, bench: Bench, basis: str) -> Graph | BadInput:
    try:
        return _explored(explorer, bench, basis)
    except BadInput as error:
        return error


def _help(explorers: Sequence[Explorer], changes: Condition) -> None:
    """Help where most is left to type, wherever it is worth a lab, until all have ended."""
    while not all(one.ended for one in explorers):
        most = max(explorers, key=lambda one: one.left)
        if most.left > WORTH:
            most.help()
        else:
            with changes:
                changes.wait(PATIENCE)


def _explored(explorer: Explorer, bench: Bench, basis: str) -> Graph:
    started, began, exercise = datetime.now(UTC), time.monotonic(), explorer.exercise
    explorer.run()
    if problems := [_no_answer(exercise, command) for command in explorer.held()]:
        raise BadInput(problems)
    graph = Graph(
        slug=exercise.example.slug,
        digest=exercise.digest,
        basis=basis,
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


class Explorer:
    """Brings labs to the states of a practice, and notes what is answered there."""

    def __init__(
        self, verifier: Verifier, exercise: Exercise, manual: Manual, changes: Condition
    ) -> None:
        self._verifier = verifier
        self._manual = manual
        self.exercise = exercise
        self._asking = Asking(exercise)
        self._goals = exercise.practice.goals
        self._places: list[Place] = []
        self._index: dict[object, int] = {}
        self._moving: set[object] = set()
        self._alike: set[object] = set()
        self._effects: dict[object, Effect] = {}
        self._wandered = 0
        self._held: set[str] = set()
        self._stuck: set[object] = set()
        self._helpers = 0
        self._changes = changes
        self._at: dict[int, int] = {}  # where labs are, by their threads
        self.ended = False
        self.commands: tuple[Command, ...] = ()
        self.anywhere: tuple[Said, ...] = ()

    def run(self) -> None:
        """Type all there is to type."""
        try:
            while self._goes_on():
                self._walk()
                self._fill()
        finally:
            self.ended = True
        example = self.exercise.example
        with self._verifier.lab(example) as lab, session_in(lab, example) as session:
            self.commands = self._manual.commands(lab, self._typed)
            here = tuple(said(session, one) for one in HERE)
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
        """How much is known to be left to type where no lab is, for each lab that types already."""
        if self.ended:
            return 0
        wanted = filter(self._wants, range(len(self._places)))
        return sum(len(self._places[n].todo) for n in wanted) // (1 + self._helpers)

    def _goes_on(self) -> bool:
        """Say whether anything is left to type, now or when those have done who help."""
        with self._changes:
            self._changes.wait_for(lambda: self.todo() is not None or not self._helpers)
            return not self._places or self.todo() is not None

    def _walk(self) -> None:
        """Type what is left to type, in one lab."""
        todo, example = self.aim(0.0), self.exercise.example
        if todo is None and self._places:
            return  # another lab has come before
        with self._verifier.lab(example) as lab, session_in(lab, example) as session:
            walk = Walk(lab, session, self)
            try:
                walk.go(todo or 0)
            except Held as held:  # there is no answer to it here, and the lab is lost
                self._held.add(str(held))
            except Closed:  # the shell is gone: with its lab, or nobody knows why
                if not lab.trouble():
                    raise
            finally:
                self.goes(None)
            if trouble := lab.trouble():
                raise MachineError(f"{BROKEN}: {trouble}", "type it again")
        if todo is not None and not walk.tried:
            self._places[todo].miss()

    def todo(self) -> int | None:
        """Return the number of the first state where something is left to type, if any.

        Where another lab is, it is left to that one.
        """
        return next(filter(self._wants, range(len(self._places))), None)

    def aim(self, waiting: float = WAITING) -> int | None:
        """Return the same, and go there; wait some seconds for what other labs may yet find."""
        with self._changes:
            self.goes(None)
            self._changes.wait_for(lambda: self.todo() is not None or not self._at, waiting)
            return self.goes(self.todo())

    def goes(self, n: int | None) -> int | None:
        """Note to which state the lab of this thread goes, None where it ends; return it."""
        with self._changes:
            self._at.pop(get_ident(), None)
            if n is not None:
                self._at[get_ident()] = n
            self._changes.notify_all()
            return n

    def wants(self, place: Place) -> bool:
        """Say whether something is left to type in a state, and no other lab goes there; go."""
        with self._changes:
            n = self._index[place.at.key]
            return self._wants(n) and self.goes(n) is not None

    def _wants(self, n: int) -> bool:
        return bool(self._places[n].todo) and self._free(n)

    def _free(self, n: int) -> bool:
        """Say whether no other lab is in a state, or on its way there."""
        return all(at != n for lab, at in self._at.copy().items() if lab != get_ident())

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
                entered=place.at.entered,
                # A shell in a container makes it run, until one leaves it.
                met=self.met(place.at.account) if place.at.prompt == SHELL_PROMPT else (),
                answers=tuple(place.answers),
                beyond=tuple(place.only_beyond()),
            )
            for place in self._places
        )

    @property
    def known(self) -> bool:
        """Whether any state is known yet."""
        return bool(self._places)

    def way(self, n: int) -> list[Move]:
        """Return the shortest way from a state to one where something is left to type, and go."""
        ways: dict[int, list[Move]] = {n: []}
        queue = deque([n])
        while queue:
            here = queue.popleft()
            if self._wants(here):
                self.goes(here)
                return ways[here]
            for answer in self._places[here].answers if len(ways[here]) < FAR else ():
                if answer.to not in ways:
                    ways[answer.to] = [*ways[here], Move(answer.command, answer.to)]
                    queue.append(answer.to)
        return []

    def place(self, n: int) -> Place:
        """Return a state by its number."""
        return self._places[n]

    def number(self, at: At, before: Place, by: str) -> int | None:
        """Return the number of a state, a new one if it is new; None if there are too many.

        The command `by` led here from the state before. Wherever one step leads off the right way,
        there is an answer, what is right leads on, whoever has entered a program can leave it, and
        a wrong turn can be undone. A shell that changes nothing is always entered.
        Further off, only what is right and reaches a goal leads on, or enters a program, until
        there are as many states as a practice names, and what is done in a program that was not
        entered by a slip, until there are twice as many.
        """
        with self._changes:
            n = self._index.get(at.key)
            if n is not None:
                self._nearer(n, before, by)
            elif (due := self._due(at, before, by)) or self._wanders(at, before, by):
                self._wandered += not due
                n = len(self._places)
                self._add(at, (*before.way, Move(by, n)))
            return n

    def _due(self, at: At, before: Place, by: str) -> bool:
        """Say whether a command always leads on to a state that is new."""
        entered, far = before.at.entered, before.astray
        if self._often(before, by):
            return False
        return (
            not far
            or bool(entered and at.prompt == SHELL_PROMPT)
            or (by in self._asking.right and far <= self.exercise.practice.astray)
            or at.looks_from(before.at)
            or self._asking.undoes(by, before.at.account, far)
        )

    def _wanders(self, at: At, before: Place, by: str) -> bool:
        """Say whether a command leads on to a state that is new as long as there is room."""
        entered, right = before.at.entered, by in self._asking.right
        near = before.astray <= self.exercise.practice.astray
        gains = right and not {*self.met(at.account)} <= {*self.met(before.at.account)}
        most = self.exercise.practice.states * (MOST if entered else 1)
        worth = bool((entered and near) or gains or (right and at.entered))
        return worth and self._wandered < most and not self._often(before, by)

    def _often(self, before: Place, by: str) -> bool:
        return not before.at.entered and sum(move.command == by for move in before.way) >= AGAIN

    def _add(self, at: At, way: tuple[Move, ...]) -> None:
        self._index[at.key] = len(self._places)
        self._places.append(Place(at))
        self._reached(self._places[-1], way)

    def _reached(self, place: Place, way: tuple[Move, ...]) -> None:
        astray = self._asking.astray(move.command for move in way)
        place.reached(way, astray, self._asking.asked(place.at.account, place.at.prompt, astray))
        self._changes.notify_all()

    def _nearer(self, n: int, before: Place, by: str) -> None:
        """Note a way to a state that is less astray, and so to those that it leads to.

        What is asked does not hang on which lab came first.
        """
        place, way = self._places[n], (*before.way, Move(by, n))
        if self._asking.astray(move.command for move in way) < place.astray:
            self._reached(place, way)
            for answer in place.answers:
                self._nearer(answer.to, place, answer.command)

    def find(self, at: At) -> int | None:
        """Return the number of a state, None if it is not known."""
        return self._index.get(at.key)

    def begin(self, at: At) -> None:
        """Note the situation. Raises BadInput if it meets the first goal already."""
        if 0 in self.met(at.account):
            what = f"the start already meets the first goal, «{self._goals[0].en}»"
            raise _wrong(self.exercise, 0, what, "begin at an earlier step, or change it")
        with self._changes:
            self._add(at, ())

    def next(self, n: int) -> str | None:
        """Return what is to be typed next in a state, if anything is."""
        place = self._places[n]
        with self._changes:
            while place.todo:
                command = place.todo.pop(0)
                if not self._known(command, place) and not self._in_vain(command, place):
                    return command
        return None

    def led(self, place: Place, said: Said, here: At) -> None:
        """Note what a command said and did in a state."""
        effect = Effect(said, place.at, here)
        hangs = hangs_on(said.typed, place.at) if effect.tells else None
        for key in filter(None, (hangs, effect.standstill)):
            self._effects.setdefault(key, effect)

    def _foreseen(self, command: str, place: Place) -> tuple[Said, At] | None:
        """Return what a command says in a state, and where it leads, as far as that is known."""
        keys = (hangs_on(command, place.at), *standstills(command, place.at).values())
        effect = next(filter(None, map(self._effects.get, keys)), None)
        return effect.on(place.at.account) if effect else None

    def _known(self, command: str, place: Place) -> bool:
        """Note what a command says and does in a state, if it is known, and where it leads.

        Say whether all of it is.
        """
        if not place.astray and command in self.exercise.solution:
            return False
        said, at = self._foreseen(command, place) or (None, None)
        n = self._index.get(at.key) if at else None
        if not said or not at:
            return False
        if n is None:
            place.went_beyond(said, at)
            return False
        self.answered(place, self.answer(said, at, n).model_copy(update={"alike": True}))
        self._nearer(n, place, command)
        return True

    def _fill(self) -> None:
        """Note what commands do in all states where that is known by now."""
        with self._changes:
            typed = {effect.said.typed for effect in self._effects.values()}
            for place in self._places:
                for command in typed - {answer.typed for answer in place.answers}:
                    self._known(command, place)

    def answer(self, said: Said, here: At, to: int, during: During | None = None) -> Answer:
        """Return an answer that led to a state, in whose words what is here is called otherwise."""
        return Answer(
            **said.model_dump(),
            to=to,
            during=during,
            names=self._places[to].at.names(here),
            met=self.printed("\n".join(said.output)),
        )

    def _in_vain(self, command: str, place: Place) -> bool:
        """Say whether a command would lead to a state for which there is no room.

        Where no more states fit, or a reader has gone astray far enough, it would if it led
        elsewhere before, where what it names was as it is here.
        """
        practice, asking = self.exercise.practice, self._asking
        account, astray = place.at.account, place.astray
        if not astray and command in self.exercise.solution:
            return False
        if self._answers(command, place) or _named(command, account) in self._stuck:
            return True
        if foreseen := self._foreseen(command, place):
            _, at = foreseen
            return not (self._due(at, place, command) or self._wanders(at, place, command))
        if place.at.entered:
            return False
        if not astray or command in asking.right or asking.undoes(command, account, astray):
            return False
        last = self._full or astray >= practice.astray
        return last and _named(command, account) in self._moving

    def _answers(self, command: str, place: Place) -> bool:
        """Say whether the page knows the answer already: another one is it as well."""
        account, prompt, entered = place.at
        known = alike(command, account, entered, prompt)
        if known and known in self._alike:
            return True
        if entered:
            return False
        if of_nobody(command, account) or as_without_force(command, account):
            return True
        taken = name_taken(command, account)
        return bool(taken) and any(
            one.typed.startswith("docker run") and CONFLICT.format(taken) in "".join(one.output)
            for one in place.answers
        )

    @property
    def _full(self) -> bool:
        return self._wandered >= self.exercise.practice.states

    def answered(self, place: Place, answer: Answer) -> None:
        """Note what was answered in a state, and what else it is the answer to."""
        place.answered(answer)
        account, there = place.at.account, self._places[answer.to].at
        nowhere = there.key == place.at.key or there.looks_from(place.at)
        if nowhere and not answer.during and not says_who(answer.output, account):
            self._alike.add(alike(answer.typed, account, place.at.entered, place.at.prompt))

    def lost(self, command: str, place: Place) -> None:
        """Note that a command did not come back: where what it names is the same, it will not."""
        self._stuck.add(_named(command, place.at.account))

    def moved(self, command: str, place: Place) -> None:
        """Note that a command led from a state elsewhere, and not only into a shell."""
        self._moving.add(_named(command, place.at.account))

    def met(self, account: Account) -> tuple[int, ...]:
        """Return the goals that a state meets."""
        return tuple(n for n, g in enumerate(self._goals) if not g.printed and g.met(account, ""))

    def printed(self, text: str) -> tuple[int, ...]:
        """Return the goals that an output reaches."""
        return tuple(
            n for n, goal in enumerate(self._goals) if goal.printed and goal.met(Account(), text)
        )


def _named(command: str, account: Account) -> object:
    """Return a command, and how what it names stands: where that is the same, it does the same."""
    words = set(re.split(r"[\s:=]", command))
    containers = {(shape(one.name), one.state) for one in account.containers if one.name in words}
    names = {name for one in account.images for name in one.names}
    names |= {one.name for one in account.volumes} | {one.name for one in account.networks}
    return shape(command), frozenset(containers), frozenset(words & names)
