"""A walk: a lab that is brought from state to state, typing what is to be typed in each.

Where nothing is left to type, it takes a way that is known to where something is. Where a command
leads too far, what it did is undone; where that cannot be, or there is no way, the lab is emptied
and begins over. One that cannot even be emptied is given up for a new one.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from scripts.asking import EXIT, REDIS, SHELLS, SURE
from scripts.graph import During, Said
from scripts.inspection import listening, observe, running, undo, undoable
from scripts.kinds import Bindings
from scripts.lab.lab import Lab
from scripts.place import At, Move, Place
from scripts.practice import CANCEL, INTERRUPT
from scripts.session import Answer as Typed
from scripts.session import Session
from scripts.state import Account, bound
from scripts.transcript import SHELL_PROMPT
from scripts.verify import type_step

if TYPE_CHECKING:
    from scripts.explore import Explorer

RETURNING = 30.0  # seconds until a command must have come back
BEGINNING = 10.0  # seconds for a container to start, where a turn starts one and stays with it
AGAIN = 3.0  # seconds until Ctrl-C is pressed again where a container does not heed it
QUIET = 0.5  # seconds without output, until Ctrl-C is pressed where a turn says so
SETTLING = 5.0  # seconds that a change may take to show
ENDING = 2.0  # seconds that one may take to end after Ctrl-C
SERVING = 2.0  # seconds that a server may take to begin
PACE = 0.2  # seconds between two looks at the engine


class Held(Exception):  # noqa: N818 - reads as what it is
    """A command did not come back to a prompt."""


class Walk:
    """A lab on its way from state to state."""

    def __init__(self, lab: Lab, session: Session, explorer: Explorer) -> None:
        self._lab = lab
        self._session = session
        self._prompt = SHELL_PROMPT
        self._entered = ""
        self._bare = self._first = self._stood = Account()
        self._seen: dict[Place, Account] = {}  # in this lab's own words, since it was last empty
        session.expect([*SHELLS, REDIS], [SURE])
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
                here = self._onwards(here)
            here = self._over() if here is None else self._explorer.goes(here)

    def _onwards(self, n: int) -> int | None:
        """Go from a state to one where something is left to type; None if that is too far."""
        if (back := self._back()) is not None:
            return back
        way = self._explorer.way(n)
        return way[-1].to if way and self._follow(way) else None

    def _back(self) -> int | None:
        """Go back to where this lab has been, if something is left to type and all is still there.

        Nothing is started nor stopped for it: logs would tell of that.
        """
        explorer = self._explorer
        for place, seen in reversed(self._seen.items()):
            if undoable(seen, self._stood) and explorer.wants(place):
                del self._seen[place]  # until it has been reached again
                n = self._undone(seen)
                return n if n is not None and explorer.place(n).todo else None
        return None

    def _begin(self, n: int) -> bool:
        """Bring a new lab to a state; say whether it got there."""
        self._bare = self._settled()
        return self._situation() and self._follow(self._explorer.place(n).way)

    def _situation(self) -> bool:
        """Make the situation that a reader begins in; say whether it is as it was before."""
        explorer = self._explorer
        options = explorer.exercise.example.options.steps
        self._session.bindings = Bindings()
        for step in explorer.exercise.setup:
            if type_step(self._session, step, options[step.name], self._lab.pace).reason:
                raise Held(step.typed[-1])
        seen = self._at(self._settled())
        self._first = seen.account
        if not explorer.known:
            explorer.begin(seen)
        return self._is(explorer.place(0), seen)

    def _is(self, place: Place, seen: At) -> bool:
        """Say whether this is a state that is known; if so, what things are called there holds."""
        if place.at.key != seen.key:
            return False
        self._stands(place, seen.account)
        return True

    def _follow(self, way: Sequence[Move]) -> bool:
        """Go a way that was gone before; say whether it led where it had led."""
        for move in way:
            place = self._explorer.place(move.to)
            self._type(move.command)
            seen = self._settled(known=place.at.account)
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
        except Held:
            explorer.lost(command, place)
            raise
        settled = partial(self._settled, place.at.account, failed=bool(answer.status))
        seen = None if _only_looks(command) else settled()
        account = seen.translated(bindings) if seen else place.at.account
        here = At(account, bindings.to_expected(self._prompt), self._entered)
        shown = tuple(bindings.to_expected(line.rstrip()) for line in answer.lines)
        said = Said(typed=command.removesuffix(INTERRUPT), output=shown, status=answer.status)
        if not during:
            explorer.led(place, said, here)
        there = explorer.number(here, place, command)
        if there != n and not here.looks_from(place.at):
            explorer.moved(command, place)
        if there is None:
            if not during:
                place.went_beyond(said, here)
            return self._undone(self._stood)
        explorer.answered(place, explorer.answer(said, here, there, during))
        if seen:
            self._stands(explorer.place(there), seen)
        return there

    def _stands(self, place: Place, seen: Account) -> None:
        """Note that the lab is in a state, in which things are called as they are seen here."""
        self._session.bindings = bound(place.at.account, seen)
        if self._prompt == SHELL_PROMPT:
            self._seen.pop(place, None)  # what was seen last is to be the last
            self._seen[place] = self._stood = seen

    def _over(self) -> int | None:
        """Begin over in this lab, and go where something is left to type, if it can."""
        n = self._explorer.aim()
        if n is None or not (self._undone(self._first) == 0 or self._emptied()):
            return None
        return n if self._follow(self._explorer.place(n).way) else None

    def _emptied(self) -> bool:
        """Empty the lab and make the situation anew; say whether it is as it was."""
        self._seen.clear()
        now = self._undo(self._bare)
        try:
            return now is not None and now.key == self._bare.key and self._situation()
        except Held:  # it came back before: this lab is of no use any more
            return False

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
            self._type(CANCEL if self._prompt == SURE else EXIT)
        if self._prompt != SHELL_PROMPT:
            return None
        undo(self._lab, before, self._settled())
        return self._settled(known=before)

    def _type(self, command: str) -> tuple[Typed, During | None]:
        """Type a command, and note the prompt that follows; one that goes on is interrupted."""
        deadline = time.monotonic() + RETURNING
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
            raise Held(command)
        if answer.prompt == SHELL_PROMPT:
            self._entered = ""
        elif self._prompt == SHELL_PROMPT:
            self._entered = command
        self._prompt = answer.prompt
        return answer, during

    def _at(self, account: Account) -> At:
        return At(account, self._prompt, self._entered)

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
            lambda: accounts.append(self._settled()),
            self._prompt,
            AGAIN if command.startswith("docker attach ") else math.inf,
        )
        if not accounts:
            return answer, None
        if starts:
            self._ended({one.id for one in accounts[0].containers if one.state == "running"})
        account = accounts[0].translated(self._session.bindings)
        met = self._explorer.met(account)
        return answer, During(
            before=before, account=account.model_copy(update={"answers": {}}), met=met
        )

    def _ended(self, ran: set[str]) -> None:
        """Wait a moment for one that runs to end: a client is back before what it passed Ctrl-C to.

        One may run on, where its program does not heed Ctrl-C.
        """
        deadline = time.monotonic() + ENDING
        while ran and ran == running(self._lab) and time.monotonic() < deadline:
            time.sleep(PACE)

    def _settled(
        self,
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
        before, now = None, self._account()
        if failed and last and last.key == now.key:
            return now
        while time.monotonic() < deadline and now.key not in (
            before and before.key,
            known and known.key,
        ):
            time.sleep(PACE)  # the pace of asking; the condition is above
            before, now = now, self._account()
        if last and last.key == now.key:
            return now
        await_servers(self._lab, now)
        return now if known and known.key == now.key else self._account()

    def _account(self) -> Account:
        return observe(self._lab, self._explorer.exercise.practice.addresses)


def await_servers(lab: Lab, now: Account) -> None:
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


def _only_looks(command: str) -> bool:
    if re.fullmatch("pwd|whoami|hostname|ps|ps aux|env|vim|ping|python3 --version|cd /", command):
        return True
    verbs = "ps|images|logs|port|top|stats|version|info|history|config"
    kinds = "(?:(?:container|image|volume|network) )?(?:ls|inspect)"
    looks = rf"docker (?:compose )?(?:{verbs}|{kinds})\b|curl |ls\b|cat "
    return re.match(looks, command) is not None
