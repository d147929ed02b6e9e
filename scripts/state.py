"""The state of an engine, in its own account: containers, images, volumes, networks, build cache.

The reader's own files belong to it: they can be mounted, copied and built. Two states are the same
if their accounts are, up to ids, addresses and generated names (see kinds). It is asked of the
engine's API (https://docs.docker.com/reference/api/engine/), not read off a screen.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from pydantic import BaseModel, ConfigDict

from scripts.kinds import Bindings, shape


class _Thing(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Container(_Thing):
    """A container; `exit_code` is that of its last run.

    `networks` are those it is in, `addresses` what it is called there. `made` is a hash of all that
    it was created with, such as its command and the ports it publishes when it runs; `written` one
    of what it has written.
    """

    id: str
    name: str
    image: str
    state: str
    exit_code: int | None = None
    ports: tuple[str, ...] = ()
    mounts: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    made: str = ""
    written: str = ""


class Image(_Thing):
    """An image, and all its names."""

    id: str
    names: tuple[str, ...]


class Volume(_Thing):
    """A volume, and a hash of what it holds, or of what its files are called if it has no name."""

    name: str
    content: str


class Network(_Thing):
    """A network, made by somebody or by the engine itself."""

    id: str
    name: str


class Account(_Thing):
    """All that an engine has; `answers` is what the addresses show that were asked for.

    `cache` is what builds need not do again, `files` a hash of the reader's own files.
    """

    containers: tuple[Container, ...] = ()
    images: tuple[Image, ...] = ()
    volumes: tuple[Volume, ...] = ()
    networks: tuple[Network, ...] = ()
    cache: tuple[str, ...] = ()
    files: str = ""
    answers: Mapping[str, str] = {}

    def lines(self) -> list[str]:
        """Return a line for each thing, in an order that ids and generated names do not change."""
        things: Iterable[_Thing] = (
            *reversed(self.containers),
            *self.images,
            *self.volumes,
            *self.networks,
        )
        rows = [f"{type(one).__name__} {one.model_dump_json()}" for one in things]
        rows += [f"cache {one}" for one in self.cache]
        rows += [f"files {self.files}"]
        rows += [f"{address} {text}" for address, text in self.answers.items()]
        return sorted(rows, key=shape)

    @property
    def key(self) -> tuple[tuple[str, ...], ...]:
        """What is equal for two accounts of the same state."""
        return tuple(map(shape, self.lines()))

    def translated(self, bindings: Bindings) -> Account:
        """Return the account with the values that these stand for."""
        return Account.model_validate_json(bindings.to_expected(self.model_dump_json()))


def bound(expected: Account, seen: Account) -> Bindings:
    """Return which value of one account stands for which of another one of the same state."""
    bindings = Bindings()
    for one, other in zip(expected.lines(), seen.lines(), strict=True):
        bindings.bind(one, other)
    return bindings


# Prints JSON texts: containers, images, volumes, networks, build cache; a hash of the reader's
# files; each container as `docker inspect` has it, and a hash of what its layer holds; then the
# volumes, likewise. Few processes are started: it is what exploring waits for most. What an image's
# own program writes when it starts says nothing of what a reader did, so the folders that it writes
# to are left out. Of a volume that nobody has named, what its files are called is all that counts:
# it holds what a program keeps for itself, such as the time at which redis has ended.
QUESTION = r"""
api() { curl --silent --unix-socket /var/run/docker.sock "${@/#/http://localhost/}"; }
hash() { tar --create --sort=name --mtime=@0 --directory="$1" "${@:2}" . 2>/dev/null | sha256sum; }
names() { cd "$1" && find . | sort | sha256sum; } 2>/dev/null
own=(--exclude=./{run,var,tmp,root,proc,sys,dev,etc})
all=$(api containers/json?all=1)
echo "$all"
api images/json volumes networks system/df?type=build-cache
printf '"%.12s"\n' "$(for folder in /home/*/*/; do hash "$folder"; done | sha256sum)"
for id in $(grep -o '"Id":"[0-9a-f]*"' <<<"$all"); do each+=("containers/${id:6:64}/json"); done
while read -r json; do
  [[ $json =~ \"UpperDir\":\"([^\"]*)\" ]] || continue # it has just gone
  printf '{"inspect": %s, "written": "%.12s"}\n' "$json" "$(hash "${BASH_REMATCH[1]}" "${own[@]}")"
done < <([ -z "${each[*]}" ] || api "${each[@]}")
for folder in /var/lib/docker/volumes/*/_data; do
  [ -d "$folder" ] || continue
  name=${folder%/_data}
  name=${name##*/}
  of=hash
  [[ $name =~ ^[0-9a-f]{64}$ ]] && of=names
  printf '{"volume": "%s", "content": "%.12s"}\n' "$name" "$($of "$folder")"
done
"""


def observe(run: Callable[..., str], addresses: Iterable[str]) -> Account:
    """Ask an engine for its account, and addresses for what they show.

    `run` runs a command where the engine is, and returns what it printed (see Lab.run).
    """
    said = run("bash", "-c", QUESTION)
    fetch = partial(run, "sh", "-c", 'curl -s --max-time 2 "$1" || true', "sh")
    return account(said, {address: fetch(address) for address in addresses})


def account(said: str, answers: Mapping[str, str]) -> Account:
    """Return the account in what QUESTION prints."""
    containers, images, volumes, networks, disk, files, *more = _texts(said)
    details = {one["inspect"]["Id"]: one for one in more if "inspect" in one}
    contents = {one["volume"]: _word(one["content"]) for one in more if "volume" in one}
    return Account(
        containers=tuple(
            _container(one, details[one["Id"]]) for one in containers if one["Id"] in details
        ),
        images=tuple(_image(one) for one in images),
        volumes=tuple(
            Volume(name=one["Name"], content=contents.get(one["Name"], ""))
            for one in volumes["Volumes"] or ()
        ),
        networks=tuple(Network(id=one["Id"], name=one["Name"]) for one in networks),
        cache=tuple(one["Description"] for one in disk["BuildCache"] or ()),
        files=_word(files),
        answers=answers,
    )


def _word(digits: str) -> str:
    """Return a hash in letters that no id has: it must differ where what it is of differs."""
    return digits.translate(str.maketrans("0123456789abcdef", "ghijklmnopqrstuv"))


def _texts(said: str) -> Iterator[Any]:
    decoder, at = json.JSONDecoder(), 0
    while at < len(said.rstrip()):
        while said[at].isspace():
            at += 1
        found, at = decoder.raw_decode(said, at)
        yield found


def _container(one: Mapping[str, Any], details: Mapping[str, Any]) -> Container:
    code = re.match(r"Exited \((\d+)\)", one["Status"])
    networks = one["NetworkSettings"]["Networks"]
    image = one["Image"]
    return Container(
        id=one["Id"],
        name=one["Names"][0].lstrip("/"),
        image=image[7:19] if image.startswith("sha256:") else image,
        state=one["State"],
        exit_code=int(code[1]) if code else None,
        ports=tuple(sorted(map(_port, one["Ports"]))),
        mounts=tuple(f"{m.get('Name') or m['Source']}:{m['Destination']}" for m in one["Mounts"]),
        networks=tuple(sorted(networks)),
        addresses=tuple(networks[name]["IPAddress"] for name in sorted(networks)),
        made=_made(details["inspect"]),
        written=_word(details["written"]),
    )


def _made(inspect: Mapping[str, Any]) -> str:
    """Return a hash of what a container was created with, whatever it is called."""
    config = {key: value for key, value in inspect["Config"].items() if key != "Hostname"}
    text = json.dumps([config, inspect["HostConfig"]], sort_keys=True)
    return _word(hashlib.sha256(text.encode()).hexdigest()[:12])


def _port(one: Mapping[str, Any]) -> str:
    inside = f"{one['PrivatePort']}/{one['Type']}"
    address = f"[{one['IP']}]" if ":" in one.get("IP", "") else one.get("IP", "")
    return f"{address}:{one['PublicPort']}->{inside}" if "PublicPort" in one else inside


def _image(one: Mapping[str, Any]) -> Image:
    names = tuple(name for name in one["RepoTags"] or () if name != "<none>:<none>")
    return Image(id=one["Id"].removeprefix("sha256:"), names=names)
