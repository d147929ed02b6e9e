"""What is asked in each state of a practice, besides its turns: looks, tries, and what undoes.

A reader may look around at any time, leave whatever was entered, and undo a wrong turn.
"""

from __future__ import annotations

import re
import shlex
from collections import deque
from collections.abc import Iterable, Iterator

from scripts.kinds import shape
from scripts.practice import CANCEL, Exercise
from scripts.state import Account
from scripts.transcript import SHELL_PROMPT

# What a reader may ask at any time, without changing anything.
_LOOKS = ("docker ps", "docker ps -a", "ls", "curl http://localhost")
_OF_ALL = ("docker logs {0}",)
# What hangs on little, so that one answer stands for others, see `alike`.
_IMAGES, _VOLUMES, _PORT, _TOP = "docker images", "docker volume ls", "docker port", "docker top"
# What is asked less often, so only on the right way.
_MORE_LOOKS = ("docker network ls",)
_MORE_OF_ALL = ("docker inspect {0}",)
_MORE_OF_RUNNING = ("docker stats --no-stream {0}",)
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
HERE = ("pwd", "whoami")
# Programs that wait at a prompt of their own, and what is always answered there: shells of
# containers, by bash, by the shell of Alpine and by that of Debian, and Docker where it wants to be
# sure.
SURE = "Are you sure you want to continue? [y/N] "
EXIT = "exit"
_INSIDE = (
    *("ls", "ls /", "pwd", "whoami", "hostname", "ps", "curl http://localhost", "docker ps"),
    EXIT,
)
SHELLS = ("root@0123456789ab:/# ", "/ # ", "# ")
PROMPTS = {**dict.fromkeys(SHELLS, _INSIDE), SURE: ("y", "n", CANCEL)}


class Asking:
    """What is asked where in a practice."""

    def __init__(self, exercise: Exercise) -> None:
        self._exercise = exercise
        self._practice = exercise.practice
        self.right = (*exercise.solution, *exercise.practice.repairs)
        self._named = {*re.findall(r" --name (\S+)", " ".join(exercise.solution))}

    def astray(self, way: Iterable[str]) -> int:
        """Count the commands on a way that neither the solution nor a repair is made of."""
        return sum(command not in self.right for command in way)

    def asked(self, account: Account, prompt: str, astray: int) -> Iterator[str]:
        """Yield what is asked in a state at a prompt, so many commands off the right way."""
        outside = prompt == SHELL_PROMPT
        yield from self._outside(account, astray) if outside else self._inside(prompt)

    def _outside(self, account: Account, astray: int) -> Iterator[str]:
        yield from self._looks(account)
        yield from () if astray else self._more_looks(account)
        yield from self.right
        yield from self._tries(account, astray)
        yield from self._practice.turns if astray <= self._practice.astray else ()

    def _inside(self, prompt: str) -> Iterator[str]:
        yield from next(all_ for known, all_ in PROMPTS.items() if shape(known) == shape(prompt))
        yield from self._practice.inside if prompt != SURE else ()

    def undoes(self, command: str, account: Account, astray: int) -> bool:
        """Say whether a command undoes one wrong turn, or removes what is of no use any more."""
        if command == _PRUNE:
            idle = (one for one in account.containers if one.state != "running")
            near = astray <= self._practice.astray
            return near and any(one.name not in self._named for one in idle)
        verb, name = match.groups() if (match := _UNDOING.fullmatch(command)) else ("", "")
        one = next((one for one in account.containers if one.name == name), None)
        if not one:
            return False
        useless = one.state != "running" or name not in self._named
        return astray <= self._practice.astray or (verb.startswith("rm") and useless)

    def _tries(self, account: Account, astray: int) -> Iterator[str]:
        near = astray <= self._practice.astray
        for one in account.containers:
            tries = _TRIES_OF_RUNNING if one.state == "running" else _TRIES_OF_STOPPED
            typed = (each.format(one.name) for each in tries)
            yield from (each for each in typed if near or self.undoes(each, account, astray))

    def _more_looks(self, account: Account) -> Iterator[str]:
        yield from _MORE_LOOKS
        for one in account.containers:
            looks = _MORE_OF_ALL + (_MORE_OF_RUNNING if one.state == "running" else ())
            yield from (look.format(one.name) for look in looks)

    def _looks(self, account: Account) -> Iterator[str]:
        yield from (*_LOOKS, _IMAGES, _VOLUMES)
        for one in account.containers:
            yield from (look.format(one.name) for look in _OF_ALL)
            yield f"{_PORT} {one.name}"
            yield from (f"{_TOP} {one.name}",) if one.state == "running" else ()
        ports = {p for one in account.containers for p in re.findall(r":(\d+)->", str(one.ports))}
        ports |= {"8080", *re.findall(r" -p (\d+):", " ".join(self._exercise.solution))}
        ports.discard("80")  # curl asks there anyway: for the page it would be the same command
        yield from (f"curl http://localhost:{port}" for port in sorted(ports))
        yield from (f"cat {name}" for name in self._exercise.example.files)


def alike(command: str, account: Account) -> object:
    """Return what the answer to a look hangs on, None for others: with the same, it is the same."""
    if command == _IMAGES:
        return (command, *account.images)
    if command == _VOLUMES:
        return (command, *(one.name for one in account.volumes))
    look, _, name = command.rpartition(" ")
    one = next((one for one in account.containers if one.name == name), None)
    hangs = one and (look == _PORT or (look == _TOP and one.state == "running"))
    return (command, one.made, one.state, one.ports) if one and hangs else None


def as_without_force(command: str, account: Account) -> bool:
    """Say whether this forces what need not be: it does and says what it does without."""
    name = command.removeprefix("docker rm -f ")
    ended = ("created", "exited")
    return any(one.name == name and one.state in ended for one in account.containers)


CONFLICT = 'The container name "/{}" is already in use by container'
# Options of `docker run` that are looked at only once there is room for the container's name.
_FLAGS = {"-d", "-i", "-t", "-it", "--rm"}
_SHELL = re.compile(r"[|<>&;]")
_VALUES = {
    "--name": r"[\w.-]+",
    "--network": r"[\w.-]+",
    "-p": r"\d+:\d+",
    "-v": r"[^:]+:/[^:]+(?::ro)?",
}


def name_taken(command: str, account: Account) -> str:
    """Return the name for which a `docker run` is refused, whatever else it asks for, if any."""
    words = deque(shlex.split(command))
    if [words.popleft(), words and words.popleft()] != ["docker", "run"] or _SHELL.search(command):
        return ""
    name = ""
    while words and words[0].startswith("-"):
        option = words.popleft()
        value = words.popleft() if option in _VALUES and words else ""
        if option not in _FLAGS and not re.fullmatch(_VALUES.get(option, "(?!)"), value):
            return ""
        name = value if option == "--name" else name
    images = {one for image in account.images for one in image.names}
    there = bool(words) and {words[0], f"{words[0]}:latest"} & images
    return name if there and any(one.name == name for one in account.containers) else ""
