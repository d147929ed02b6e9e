"""The manual: what Docker says of itself, and of what is not there. It is the same in any lab."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

from scripts.graph import Command, Option, Said
from scripts.lab.lab import Lab
from scripts.session import Session
from scripts.state import Account

LIMIT = 60.0  # seconds until a command must have come back

# What is said of a name that nothing has, of a command that Docker has not, and of a program that
# is not there, is the same for each: the page writes in what was typed.
NOBODY = "nosuch"

_KINDS = ("container", "image", "volume", "network", "system", "compose")  # of commands
# What Docker says of itself, and of its commands where they lack what they are about.
_ITSELF = (
    *("docker", "docker --help", "docker --version", "docker version", "docker run", "docker exec"),
    *("docker start", "docker stop", "docker restart", "docker rm", "docker logs", "docker rmi"),
    *(f"docker {kind}" for kind in _KINDS),
    *(f"docker {kind} {NOBODY}" for kind in _KINDS),
    *(f"docker {kind} --help" for kind in _KINDS),
)
_OF_NOBODY = (
    "nosuch",
    "cat nosuch",
    "docker nosuch",
    "docker logs nosuch",
    "docker logs -f nosuch",
    "docker port nosuch",
    "docker inspect nosuch",
    "docker top nosuch",
    "docker stats nosuch",
    "docker stats --no-stream nosuch",
    "docker start nosuch",
    "docker start -a nosuch",
    "docker stop nosuch",
    "docker restart nosuch",
    "docker kill nosuch",
    "docker pause nosuch",
    "docker rm nosuch",
    "docker rm -f nosuch",
    "docker attach nosuch",
    "docker exec nosuch ls",
    "docker exec nosuch sh",
    "docker exec -it nosuch sh",
    "docker exec -it nosuch bash",
    "docker diff nosuch",
    "docker wait nosuch",
    "docker rename nosuch web",
    "docker rmi nosuch",
    "docker rmi -f nosuch",
    "docker history nosuch",
    "docker image inspect nosuch",
    "docker volume rm nosuch",
    "docker volume inspect nosuch",
    "docker network rm nosuch",
    "docker network inspect nosuch",
    "docker network connect nosuch",
    "docker exec nosuch",
    "docker rename nosuch",
    "docker tag nosuch",
    "docker cp nosuch",
    "docker update nosuch",
    "docker commit nosuch",
)
_NOWHERE = f"docker run {NOBODY}"  # an image that nobody has
_EXEC = re.compile(r"docker exec (?:-[itd]+ )*([a-z0-9][a-z0-9_.-]+) [^\"'\\$`|&;<>*?~#(){}]+")
# What beginners type that many systems have: where one has not, its shell says so.
_PROGRAMS = (
    *("sudo", "nano", "vim", "vi", "code", "git", "wget", "ping", "redis-cli", "python", "node"),
    *("tree", "ss", "netstat", "lsof", "telnet", "nc", "ifconfig", "dig", "nslookup", "nmap"),
    *("htop", "jq"),
)


class Manual:
    """What was asked already, of any lab: it need not be asked again."""

    def __init__(self) -> None:
        self._said: dict[str, Said] = {}
        self._helps: dict[tuple[str, ...], str] = {}

    def anywhere(self, session: Session, commands: tuple[Command, ...]) -> tuple[Said, ...]:
        """Return what is answered whatever the state, typed in a lab if it was in none."""
        starred = _PLUGIN.findall("\n".join(self._says(session, "docker --help").output))
        options = (
            f"docker {one.names[-1]} {option}"
            for one in commands
            for option in _options(one, {*starred})
        )
        asked = (*_ITSELF, *_OF_NOBODY, _NOWHERE, *options, *self._strange(session))
        return tuple(self._says(session, one) for one in asked)

    def _strange(self, session: Session) -> Iterator[str]:
        """Yield commands of programs that the machine has not."""
        for one in _PROGRAMS:
            if self._says(session, f"command -v {one}").status:
                yield f"{one} {NOBODY}"

    def commands(self, lab: Lab, typed: set[str]) -> tuple[Command, ...]:
        """Return how each command of Docker's among some is written, from its own help."""
        found: list[Command] = []
        for words in sorted({tuple(one.split()[1:3]) for one in {*typed, *_OF_NOBODY} if _is(one)}):
            said, verb = self._help(lab, words[0]), words[0]
            if said.partition("\n")[0].endswith(" COMMAND") and len(words) > 1:
                said, verb = self._help(lab, *words), " ".join(words)
            if not any(verb in one.names for one in found):
                found.append(_command(verb, said))
        return tuple(found)

    def _says(self, session: Session, command: str) -> Said:
        if command not in self._said:
            self._said[command] = said(session, command)
        return self._said[command]

    def _help(self, lab: Lab, *words: str) -> str:
        if words not in self._helps:
            said = lab.run("docker", *words, "--help")
            self._helps[words] = said.partition("Usage:")[2]
        return self._helps[words]


def said(session: Session, command: str) -> Said:
    """Return what a command shows that changes nothing."""
    answer = session.ask(command, time.monotonic() + LIMIT)
    return Said(typed=command, output=answer.lines, status=answer.status)


def of_nobody(command: str, account: Account) -> bool:
    """Say whether a command is about one thing that is not there: the page knows the answer."""
    words = command.split()
    if (asked := _EXEC.fullmatch(command)) and asked[1] not in _called("exec", account):
        return True
    there = _called(words[1] if words[1:] else "", account)
    strange = (
        n for n, word in enumerate(words) if n > 1 and re.fullmatch(r"[a-z0-9][a-z0-9_.-]+", word)
    )
    typed = (
        " ".join([*words[:n], NOBODY, *words[n + 1 :]]) for n in strange if words[n] not in there
    )
    return any(one in _OF_NOBODY for one in typed)


def _called(verb: str, account: Account) -> set[str]:
    """Return the names of all that a command may be about: a volume is no container."""
    images = {name.removesuffix(":latest") for one in account.images for name in one.names}
    kinds = {
        "volume": {one.name for one in account.volumes},
        "network": {one.name for one in account.networks},
        **dict.fromkeys(("rmi", "history", "image"), images),
    }
    containers = {one.name for one in account.containers}
    return containers.union(*kinds.values()) if verb == "inspect" else kinds.get(verb, containers)


def _options(command: Command, plugins: set[str]) -> Iterator[str]:
    """Yield the help of a command, and a letter that it does not take, if it lists all it takes.

    Plugins take letters that their help does not list, as `docker compose exec -it` shows.
    """
    yield "--help"
    if not any(name.split()[0] in plugins for name in command.names):
        yield next(f"-{letter}" for letter in "zyxwv" if f"-{letter}" not in command.options)


def _is(command: str) -> bool:
    return re.match(rf"docker (?!-|{NOBODY}\b)", command) is not None


_PLUGIN = re.compile(r"^ +(\w+)\* ", re.MULTILINE)  # starred, as their source is elsewhere
_ALIASES = re.compile(r"Aliases:\n((?:  .*\n)+)")
_OPTION = re.compile(r"^ +(?:(-\w), )?(--[\w-]+)(?: (\w+))?(?:  +|$)", re.MULTILINE)


def _command(verb: str, said: str) -> Command:
    aliases = _ALIASES.search(said)
    names = re.findall(r"docker ([a-z ]+?)(?:,|\n|$)", aliases[1]) if aliases else []
    options: dict[str, Option] = {}
    for short, long, value in _OPTION.findall(said):
        option = Option(name=long, valued=bool(value))
        options |= {name: option for name in (short, long) if name}
    ends = "[ARG...]" in said.partition("\n")[0]
    return Command(names=tuple(dict.fromkeys([*names, verb])), ends=ends, options=options)
