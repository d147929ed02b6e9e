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
from scripts.state import UNNAMED, Account, Container
from scripts.transcript import SHELL_PROMPT

# What a reader may ask at any time, without changing anything.
_LOOKS = ("docker ps", "docker ps -a", "ls", "curl http://localhost")
_OF_ALL = ("docker logs {0}",)
# What hangs on little, so that one answer stands for others, see `alike`.
_IMAGES, _VOLUMES, _PORT, _TOP = "docker images", "docker volume ls", "docker port", "docker top"
# What is asked less often, so only on the right way.
_MORE_LOOKS = ("docker network ls", "docker ps --no-trunc", "ls -l", "ls -la")
_MORE_OF_ALL = ("docker inspect {0}",)
_MORE_OF_RUNNING = (
    "docker stats --no-stream {0}",
    "docker exec {0} ls",
    "docker exec -it {0} sh",
    "docker exec -it {0} bash",
)
_MORE_OF_STOPPED = ("docker start -a {0} ^C",)
_PRUNE = "docker container prune"
# What a reader may try on whatever there is, on the right way and a turn or two beside it.
_TRIES_OF_RUNNING = ("docker stop {0}", "docker rm {0}", "docker rm -f {0}")
_TRIES_OF_STOPPED = (
    *("docker start {0}", "docker stop {0}", "docker rm {0}", "docker rm -f {0}"),
    "docker attach {0}",
)
_TRIES_OF_LEFT = ("docker rm {0}", "docker rm -f {0}")  # nobody has named it, and it has ended
# What undoes a wrong turn: whoever has taken one is not to be left there.
_UNDOING = re.compile(r"docker (start|stop|rm|rm -f) (\S+)")
_EXEC = re.compile(r"docker exec (\w\S* .+)")  # without an option
# Where one is.
HERE = ("pwd", "whoami")
# Programs that wait at a prompt of their own, and what is always answered there: shells of
# containers, by bash, by the shell of Alpine and by that of Debian, and Docker where it wants to be
# sure.
SURE = "Are you sure you want to continue? [y/N] "
EXIT = "exit"
YES = "y"  # to something that names nothing
_INSIDE = (
    *("ls", "ls -l", "ls -la", "ls /", "cd /", "pwd", "whoami", "hostname", "ps", "ps aux"),
    *("curl http://localhost", "docker ps", "cat /etc/os-release", "env", EXIT),
    *("vim", "ping", "python3 --version"),
)
SHELLS = ("root@0123456789ab:/# ", "root@0123456789ab:/data# ", "/ # ", "# ")
REDIS = "127.0.0.1:6379> "
PROMPTS = {
    **dict.fromkeys(SHELLS, _INSIDE),
    REDIS: ("ping", "PING", "keys *", "quit", EXIT),
    SURE: (YES, "n", CANCEL),
}


class Asking:
    """What is asked where in a practice."""

    def __init__(self, exercise: Exercise) -> None:
        self._exercise = exercise
        self._practice = exercise.practice
        self.right = (*exercise.solution, *exercise.practice.repairs)
        typed = (one for step in exercise.setup for one in step.typed)
        self._named = {*re.findall(r" --name (\S+)", " ".join((*typed, *exercise.solution)))}

    def astray(self, way: Iterable[str]) -> int:
        """Count the commands on a way that neither the solution nor a repair is made of.

        A slip counts for as many as nobody turns further from.
        """
        practice = self._practice
        far = dict.fromkeys(practice.slips, practice.astray + 1)
        return sum(far.get(one, 1) for one in way if one not in self.right)

    def asked(self, account: Account, prompt: str, astray: int) -> Iterator[str]:
        """Yield what is asked in a state at a prompt, so many commands off the right way."""
        outside = prompt == SHELL_PROMPT
        yield from self._outside(account, astray) if outside else self._inside(prompt)

    def _outside(self, account: Account, astray: int) -> Iterator[str]:
        yield from self._looks(account)
        yield from () if astray else self._more_looks(account)
        yield from self.right
        yield from self._tries(account, astray)
        yield from self._turns(astray)
        yield from () if astray else self._practice.slips

    def _turns(self, astray: int) -> Iterator[str]:
        turns = self._practice.turns if astray <= self._practice.astray else ()
        yield from turns
        # Whoever has learnt `-it` writes it everywhere.
        yield from (f"docker exec -it {one[1]}" for one in map(_EXEC.fullmatch, turns) if one)

    def _inside(self, prompt: str) -> Iterator[str]:
        yield from next(all_ for known, all_ in PROMPTS.items() if shape(known) == shape(prompt))
        yield from self._practice.inside if prompt != SURE else ()

    def undoes(self, command: str, account: Account, astray: int) -> bool:
        """Say whether a command undoes one wrong turn, or removes what is of no use any more."""
        verb, name = match.groups() if (match := _UNDOING.fullmatch(command)) else ("", "")
        one = next((one for one in account.containers if one.name == name), None)
        if not one:
            return False
        if one.state == "running" and name in self._named:
            return False
        return verb.startswith("rm") or astray <= self._practice.astray

    def _tries(self, account: Account, astray: int) -> Iterator[str]:
        near = astray <= self._practice.astray
        idle = any(one.state in ENDED for one in account.containers)
        yield from (_PRUNE,) if idle and not astray else ()
        for one in account.containers:
            tries = _TRIES_OF_RUNNING if one.state == "running" else _TRIES_OF_STOPPED
            left = one.state in ENDED and _MADE_UP.fullmatch(one.name)
            typed = (each.format(one.name) for each in (_TRIES_OF_LEFT if left else tries))
            yield from (each for each in typed if near or self.undoes(each, account, astray))

    def _more_looks(self, account: Account) -> Iterator[str]:
        yield from _MORE_LOOKS
        names = (name.removesuffix(":latest") for one in account.images for name in one.names)
        yield from (f"docker history {name}" for name in names)
        for port in self._asked(account):
            yield from (f"curl {option} http://localhost:{port}" for option in ("-i", "-v"))
        for one in account.containers:
            more = _MORE_OF_RUNNING if one.state == "running" else _MORE_OF_STOPPED
            yield from (look.format(one.name) for look in _MORE_OF_ALL + more)

    def _looks(self, account: Account) -> Iterator[str]:
        yield from (*_LOOKS, _IMAGES, _VOLUMES)
        for one in account.containers:
            yield from (look.format(one.name) for look in _OF_ALL)
            yield f"{_PORT} {one.name}"
            yield from (f"{_TOP} {one.name}",) if one.state == "running" else ()
        published = {p for one in account.containers for p in _ports(one.ports)}
        yield from (f"curl -I http://localhost:{port}" for port in sorted(published))
        yield from (f"curl http://localhost:{port}" for port in self._asked(account))
        yield from (f"cat {name}" for name in self._exercise.example.files)

    def _asked(self, account: Account) -> list[str]:
        """Return the ports that a reader may ask: what is published, or is to be."""
        ports = {p for one in account.containers for p in _ports(one.ports)}
        ports |= {"8080", *re.findall(r" -p (\d+):", " ".join(self._exercise.solution))}
        # curl asks port 80 anyway: for the page it would be the same command.
        return sorted(ports - {"80"})


def _ports(published: Iterable[str]) -> list[str]:
    return re.findall(r":(\d+)->", " ".join(published))


# What hangs, where it changes nothing, on what it names and what that can see, and on nothing else.
_SEEING = re.compile(
    r"docker (?!compose (?!exec))(?:\w+ )?(?:run|create|exec|start|stop|restart|kill|rm|rmi|rename"
    r"|attach|connect|tag|build|inspect|history|cp|diff)\b|curl |cat |ls\b"
)
# What names services, not containers; and shells in containers that nobody names.
_ALL = re.compile(r"docker (?:compose |run (?:.* )?-\w*i)")
_PORTS = re.compile(r"curl |docker (?:start|restart) |.* -p ")  # what a published port matters to
_BUILD = re.compile(r"docker build ")
_LAYERS = re.compile(r"docker (?:build|rmi|image rm) ")  # images share theirs
# What containers are made of, have and are in: who uses it matters, running or not.
_USED = re.compile(r"docker (?:(?:image|volume|network) (?:rm|tag|build)|rmi|tag|build)\b")
ENDED = ("created", "exited")  # states of containers that do nothing
_MADE_UP = re.compile(r"[a-z]+_[a-z]+\d?")  # the name of a container that nobody has named


def alike(command: str, account: Account, entered: str = "", prompt: str = SHELL_PROMPT) -> object:
    """Return what the answer to a command hangs on that changes nothing, None for others.

    With the same, it is the same. `entered` is the command that a program was entered by, whose
    prompt may tell in which folder one is.
    """
    if is_filled_in(command):
        return None
    if command == _IMAGES:
        return (command, *account.images)
    if command == _VOLUMES:
        return (command, *(one.name for one in account.volumes))
    look, _, name = command.rpartition(" ")
    one = next((one for one in account.containers if one.name == name), None)
    if one and (look == _PORT or (look == _TOP and one.state == "running")):
        return (command, one.made, one.state, one.ports)
    if entered or _SEEING.match(command):
        return (entered, shape(prompt), command, *_seen(f"{entered} {command}".strip(), account))
    return None


def is_filled_in(command: str) -> bool:
    """Say whether a shell puts in what another command says: it may hang on anything."""
    return re.search(r"\$\(|`", command) is not None


def _seen(line: str, account: Account) -> Iterator[object]:
    """Yield what a line names, and what that can see: what runs in its networks or has its ports.

    Nobody is looked for by name in the network that all are in, `bridge`.
    """
    named = {*re.split(r"[\s:=/,]", line)}
    joined = {one for each in account.containers if each.name in named for one in each.networks}
    networks = {one.name for one in account.networks} & (joined | named) - {"bridge"}
    there = [one for one in account.containers if one.name in named or _sees(line, networks, one)]
    yield tuple(sorted((_told(one, named) for one in there), key=repr))
    mounted = {mount.partition(":")[0] for one in there for mount in one.mounts}
    volumes = (one for one in account.volumes if one.name in named | mounted)
    yield tuple(one for one in volumes if not UNNAMED.fullmatch(one.name))
    yield tuple(sorted(networks))
    layers = _LAYERS.match(line)
    yield tuple(
        one
        for one in account.images
        if layers or named.intersection(name.partition(":")[0] for name in one.names)
    )
    yield account.cache if _BUILD.match(line) else ()
    yield account.files


def _sees(line: str, networks: set[str], one: Container) -> bool:
    """Say whether what a line starts, enters or removes can tell that a container is there."""
    if one.state in ENDED:
        return bool(_USED.match(line))
    ports = _PORTS.match(line) and _ports(one.ports)
    near = networks.intersection(one.networks) or _USED.match(line)
    return bool(near or ports or _ALL.match(line))


def _told(one: Container, named: set[str]) -> tuple[object, ...]:
    """Return what of a container can be told from outside, without a name that nobody has given."""
    name = "" if _MADE_UP.fullmatch(one.name) and one.name not in named else one.name
    mounts = tuple(mount for mount in one.mounts if not UNNAMED.match(mount))
    return name, one.made, one.state, one.written, one.ports, one.networks, mounts


def says_who(output: Iterable[str], account: Account) -> bool:
    """Say whether an output tells an id that is another each time, or a name nobody has given."""
    text = "\n".join(output)
    made_up = (one.name for one in account.containers if _MADE_UP.fullmatch(one.name))
    containers = (one.id[:12] for one in account.containers)
    networks = (one.id[:12] for one in account.networks)
    return any(word in text for word in (*containers, *networks, *made_up))


def as_without_force(command: str, account: Account) -> bool:
    """Say whether this forces what need not be: it does and says what it does without."""
    name = command.removeprefix("docker rm -f ")
    return any(one.name == name and one.state in ENDED for one in account.containers)


CONFLICT = 'The container name "/{}" is already in use by container'
# Options of `docker run` that are looked at only once there is room for the container's name.
_FLAGS = {"-d", "-i", "-t", "-it", "--rm"}
_SHELL = re.compile(r"[|<>&;]")
_VALUES = {
    "--name": r"[\w.-]+",
    "--network": r"[\w.-]+",
    "-p": r"\d+(?::\d+)?",
    "-v": r"[^:]+:/[^:]+(?::ro)?",
}


def name_taken(command: str, account: Account) -> str:
    """Return the name for which a `docker run` is refused, whatever else it asks for, if any."""
    name, image = _run(command)
    there = image in _called(account)
    return name if there and any(one.name == name for one in account.containers) else ""


def nowhere(command: str, account: Account) -> bool:
    """Say whether a `docker run` asks for an image that is not there."""
    _, image = _run(command)
    return bool(image) and image not in _called(account)


def _run(command: str) -> tuple[str, str]:
    """Return the name and the image that a `docker run` asks for, '' where it is none or odd."""
    words = deque(shlex.split(command))
    if [words.popleft(), words and words.popleft()] != ["docker", "run"] or _SHELL.search(command):
        return "", ""
    name = ""
    while words and words[0].startswith("-"):
        option = words.popleft()
        value = words.popleft() if option in _VALUES and words else ""
        if option not in _FLAGS and not re.fullmatch(_VALUES.get(option, "(?!)"), value):
            return "", ""
        name = value if option == "--name" else name
    return name, words[0] if words else ""


def _called(account: Account) -> set[str]:
    """Return what images are called, in full and as people do."""
    names = {one for image in account.images for one in image.names}
    return names | {one.removesuffix(":latest") for one in names}
