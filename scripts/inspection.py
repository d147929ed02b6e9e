"""Inspection: what an engine has, asked of its API, and what its files hold.

The API (https://docs.docker.com/reference/api/engine/) is asked through the engine's socket, and
files are read where the lab has them. No process is started for it: exploring looks at an engine
thousands of times.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import re
import socket
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from scripts.errors import MachineError
from scripts.lab.lab import Lab
from scripts.state import UNNAMED, Account, Container, Image, Network, Volume

SOCKET = "/run/docker.sock"
PATIENCE = 30.0  # seconds for an answer: an engine that shuts a server down has others wait


class Api(http.client.HTTPConnection):
    """A connection to an engine, for as many questions as there are."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost")
        self._path = path

    def connect(self) -> None:
        """Open the socket. Raises OSError if nobody is there."""
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(PATIENCE)
        self.sock.connect(str(self._path))

    def ask(self, what: str) -> Any:
        """Return what the engine has at an address, such as `images/json`; None if it has not.

        Raises HTTPException if it says anything else: what it cannot say now is not gone.
        """
        answer, said = self._said("GET", what)
        if answer.status == http.client.NOT_FOUND:
            return None
        if answer.status != http.client.OK:
            raise http.client.HTTPException(f"{what}: {answer.status} {said.decode()[:200]}")
        return json.loads(said)

    def tell(self, method: str, what: str) -> None:
        """Have something done, such as `POST containers/web/start`, whether it can be or not."""
        self._said(method, what)

    def _said(self, method: str, what: str) -> tuple[http.client.HTTPResponse, bytes]:
        self.request(method, f"/{what}")
        answer = self.getresponse()
        return answer, answer.read()


@contextmanager
def connected(path: Path) -> Iterator[Api]:
    """Ask an engine whose socket is at a path. Raises MachineError if it does not answer."""
    api = Api(path)
    try:
        yield api
    except (OSError, http.client.HTTPException, json.JSONDecodeError) as error:
        what = f"the engine does not say what it has: {error}"
        raise MachineError(what, "type it again") from None
    finally:
        api.close()


KILLED = 137  # what a program ends with that was killed
ENDING = 2  # seconds for a program to end before it is killed, when it is to be put back

# What an image's own program writes when it starts says nothing of what a reader did.
_PROGRAMS_OWN = frozenset({"run", "var", "tmp", "root", "proc", "sys", "dev", "etc"})


def observe(lab: Lab, addresses: Iterable[str]) -> Account:
    """Ask a lab's engine for its account, and addresses for what they show.

    Raises MachineError if the engine does not answer.
    """
    with connected(lab.path(SOCKET)) as api:
        listed = api.ask("containers/json?all=1")
        published = {port.get("PublicPort") for one in listed for port in one["Ports"]}
        there = [(one, api.ask(f"containers/{one['Id']}/json")) for one in listed]
        images = tuple(_image(lab, api, one) for one in api.ask("images/json"))
        built = {f"sha256:{one.id}": one.made for one in images}
        return Account(
            containers=tuple(
                _container(lab, one, found, built.get(found["Image"], ""))
                for one, found in there
                if _has(found)
            ),
            images=images,
            volumes=tuple(_volume(lab, one) for one in api.ask("volumes")["Volumes"] or ()),
            networks=tuple(_network(one) for one in api.ask("networks")),
            cache=tuple(sorted(_cached(api))),  # the engine's order is another each time
            files=files(lab),
            answers={
                address: lab.run(*_FETCH, address) if _port(address) in published else ""
                for address in addresses
            },
        )


def running(lab: Lab) -> set[str]:
    """Return the ids of the containers that run. Raises MachineError as `observe` does."""
    with connected(lab.path(SOCKET)) as api:
        return {one["Id"] for one in api.ask("containers/json")}


def undo(lab: Lab, before: Account, now: Account) -> None:
    """Have an engine undo what was made, started or stopped since it gave an account of itself.

    Whether things are then as they were is for the caller to see: what was removed stays so.
    """
    ran = {one.id: one for one in before.containers}
    names = {name for one in before.images for name in one.names or (one.id,)}
    with connected(lab.path(SOCKET)) as api:
        for one in now.containers:
            for method, what in _undoing(one, ran.get(one.id)):
                api.tell(method, what)
        new = [name for one in now.images for name in one.names or (one.id,) if name not in names]
        new_volumes = {one.name for one in now.volumes} - {one.name for one in before.volumes}
        new_networks = {one.id for one in now.networks} - {one.id for one in before.networks}
        for kind, made in (("images", new), ("volumes", new_volumes), ("networks", new_networks)):
            for name in made:
                api.tell("DELETE", f"{kind}/{quote(name)}")
        if len(now.cache) > len(before.cache):
            api.tell("POST", "build/prune?all=1")


def undoable(before: Account, now: Account) -> bool:
    """Say whether all that there was is there as it was: what has come since can be undone."""
    return (
        {*map(_stands, before.containers)} <= {*map(_stands, now.containers)}
        and {*before.images} <= {*now.images}
        and {*before.volumes} <= {*now.volumes}
        and {*before.networks} <= {*now.networks}
        and {*before.cache} <= {*now.cache}
        and before.files == now.files
    )


def _stands(one: Container) -> tuple[object, ...]:
    return one.id, one.name, one.state, one.exit_code, one.written


def _undoing(now: Container, before: Container | None) -> Iterator[tuple[str, str]]:
    """Yield what puts a container back into the state that it had, if it was there."""
    if before is None:
        yield "DELETE", f"containers/{now.id}?force=1&v=1"
        return
    if now.name != before.name:
        yield "POST", f"containers/{now.id}/rename?name={before.name}"
    if now.state != before.state and before.state == "running":
        yield "POST", f"containers/{now.id}/start"
    elif now.state == "running" and before.state == "exited":
        how = "kill" if before.exit_code == KILLED else f"stop?t={ENDING}"
        yield "POST", f"containers/{now.id}/{how}"


def listening(lab: Lab, ids: Iterable[str]) -> set[str]:
    """Return which of some running containers listen on a port, by their ids."""
    with connected(lab.path(SOCKET)) as api:
        found = {one: api.ask(f"containers/{one}/json") for one in ids}
    return {one for one, said in found.items() if said and _listens(lab, said["State"]["Pid"])}


def _port(address: str) -> int:
    """Return the port at which an address is answered, where anything is published there."""
    return urlsplit(address).port or http.client.HTTP_PORT


_FETCH = ("sh", "-c", 'curl -s --max-time 2 "$1" || true', "sh")
_LISTENS = "0A"  # the state of a socket in /proc/net/tcp, see proc_pid_net(5)
_NAMES = "0B00007F:"  # 127.0.0.11, where the engine's own name server listens


def _listens(lab: Lab, pid: int) -> bool:
    for table in ("tcp", "tcp6"):
        with suppress(OSError):  # the process has ended, or there is no IPv6
            rows = lab.path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]
            sockets = [row.split() for row in rows]
            if any(s[3] == _LISTENS and not s[1].startswith(_NAMES) for s in sockets):
                return True
    return False


def _cached(api: Api) -> Iterator[str]:
    disk = api.ask("system/df?type=build-cache")
    yield from (one["Description"] for one in disk["BuildCache"] or ())


def files(lab: Lab) -> str:
    """Return a hash of what the folders of readers hold."""
    hashed = hashlib.sha256()
    for folder in sorted(lab.path("/home").glob("*/*")):
        if folder.is_dir() and not folder.is_symlink() and not folder.name.startswith("."):
            hashed.update(_hash(folder).encode())
    return _word(hashed.hexdigest()[:12])


def _hash(folder: Path, without: frozenset[str] = frozenset()) -> str:
    """Return a hash of what a folder holds: names, rights, owners, contents; no times."""
    hashed = hashlib.sha256()
    for path in _paths(folder, without):
        with suppress(OSError):  # it has just gone
            it = path.lstat()
            row = (path.relative_to(folder), it.st_mode, it.st_uid, it.st_gid, it.st_rdev)
            hashed.update(repr(row).encode())
            if stat.S_ISREG(it.st_mode):
                with path.open("rb") as file:  # in pieces: it may be as large as the disk
                    hashed.update(hashlib.file_digest(file, "sha256").digest())
            elif stat.S_ISLNK(it.st_mode):
                hashed.update(os.fsencode(path.readlink()))
    return hashed.hexdigest()


def _paths(folder: Path, without: frozenset[str]) -> Iterator[Path]:
    """Yield what is in a folder and below it, in order; links are not followed."""
    for top, folders, files in os.walk(folder):
        if Path(top) == folder:
            folders[:] = [name for name in folders if name not in without]
        folders.sort()
        yield from (Path(top, name) for name in sorted([*folders, *files]))


def _word(digits: str) -> str:
    """Return a hash in letters that no id has: it must differ where what it is of differs."""
    return digits.translate(str.maketrans("0123456789abcdef", "ghijklmnopqrstuv"))


def _container(
    lab: Lab, one: Mapping[str, Any], inspect: Mapping[str, Any], built: str
) -> Container:
    code = re.match(r"Exited \((\d+)\)", one["Status"])
    networks = one["NetworkSettings"]["Networks"]
    image = one["Image"]
    return Container(
        id=one["Id"],
        name=one["Names"][0].lstrip("/"),
        image=image[7:19] if image.startswith("sha256:") else image,
        state=one["State"],
        exit_code=int(code[1]) if code else None,
        ports=tuple(sorted(map(_published, one["Ports"]))),
        mounts=tuple(f"{m.get('Name') or m['Source']}:{m['Destination']}" for m in one["Mounts"]),
        networks=tuple(sorted(networks)),
        addresses=tuple(networks[name]["IPAddress"] for name in sorted(networks)),
        made=_made(inspect, built),
        written=_word(
            _hash(lab.path(inspect["GraphDriver"]["Data"]["UpperDir"]), _PROGRAMS_OWN)[:12]
        ),
    )


def _has(inspect: Mapping[str, Any] | None) -> bool:
    """Say whether an engine has a container that it listed: it may have gone since.

    One that is dead is going, and may have no layer any more.
    """
    return inspect is not None and not inspect["State"]["Dead"]


def _made(inspect: Mapping[str, Any], built: str) -> str:
    """Return a hash of what a container was created with, whatever it is called.

    `built` is one of what its image was built to be.
    """
    config = {key: value for key, value in inspect["Config"].items() if key != "Hostname"}
    text = json.dumps([config, inspect["HostConfig"], built], sort_keys=True)
    return _word(hashlib.sha256(text.encode()).hexdigest()[:12])


def _published(one: Mapping[str, Any]) -> str:
    inside = f"{one['PrivatePort']}/{one['Type']}"
    address = f"[{one['IP']}]" if ":" in one.get("IP", "") else one.get("IP", "")
    return f"{address}:{one['PublicPort']}->{inside}" if "PublicPort" in one else inside


def _image(lab: Lab, api: Api, one: Mapping[str, Any]) -> Image:
    names = tuple(name for name in one["RepoTags"] or () if name != "<none>:<none>")
    return Image(id=one["Id"].removeprefix("sha256:"), names=names, made=_built(lab, api, one))


_BUILT: dict[str, str] = {}  # by id, which an image of other contents has not


def _built(lab: Lab, api: Api, one: Mapping[str, Any]) -> str:
    """Return a hash of what an image was built to be: its settings, and what its last step wrote.

    Its id says more, and is another each time: that of a file is in it, and when it was built.
    """
    if one["Id"] not in _BUILT:
        found = api.ask(f"images/{one['Id']}/json")
        layer = lab.path(found["GraphDriver"]["Data"]["UpperDir"]) if found else None
        last = _hash(layer) if layer else ""
        if not (found and layer and layer.is_dir()):  # it has just gone
            return ""
        text = json.dumps([found["Config"], len(found["RootFS"]["Layers"]), last], sort_keys=True)
        _BUILT[one["Id"]] = _word(hashlib.sha256(text.encode()).hexdigest()[:12])
    return _BUILT[one["Id"]]


def _volume(lab: Lab, one: Mapping[str, Any]) -> Volume:
    """Return a volume. Of one that nobody has named, what it holds does not count:

    a program keeps there for itself what hangs on the moment at which it ended, as redis does.
    """
    name = one["Name"]
    content = "" if UNNAMED.fullmatch(name) else _word(_hash(lab.path(one["Mountpoint"]))[:12])
    return Volume(name=name, content=content)


def _network(one: Mapping[str, Any]) -> Network:
    return Network(id=one["Id"], name=one["Name"])
