"""The state of an engine, in its own account: containers, images, volumes, networks, build cache.

The reader's own files belong to it: they can be mounted, copied and built. Two states are the same
if their accounts are, up to ids, addresses and generated names (see kinds). It is what the engine
says when it is asked (see inspection), not read off a screen.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cached_property

from pydantic import BaseModel, ConfigDict

from scripts.kinds import Bindings, shape

UNNAMED = re.compile("[0-9a-f]{64}")  # what a volume is called that nobody has given a name


class _Thing(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Container(_Thing):
    """A container; `exit_code` is that of its last run.

    `networks` are those it is in, `addresses` what it is called there. `made` is a hash of all that
    it was created with, such as its image's contents, its command and the ports it publishes when
    it runs; `written` one of what it has written.
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
    """An image, and all its names; `made` is a hash of what it was built to be."""

    id: str
    names: tuple[str, ...]
    made: str = ""


class Volume(_Thing):
    """A volume, and a hash of what it holds; nothing of that counts if nobody has named it."""

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

    @cached_property
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
