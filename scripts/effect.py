"""An effect: what a command was seen to do, which holds wherever all that it names is the same.

Where a command finds what it names, and what that can see, as it was where it was typed (see
asking.alike), it says and does the same; the rest stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import NamedTuple

from pydantic import BaseModel

from scripts.asking import ENDED, YES, alike, is_filled_in, name_taken, nowhere, says_who
from scripts.graph import Said
from scripts.place import At
from scripts.state import Account, Container, Image, Network, Volume

_KINDS = ("containers", "images", "volumes", "networks")
_WHOLES = ("cache", "files")
_ID = re.compile(r"\b(?:[0-9a-f]{64}|[0-9a-f]{12})\b")


def hangs_on(command: str, at: At) -> object:
    """Return what it hangs on what a command says and does, None where that is not known."""
    account = at.account
    lists = (of for pattern, of in _LISTS.items() if re.fullmatch(pattern, command))
    if (listed := next(lists, None)) and not at.entered:
        return (command, *listed(account))
    if command == YES or _INSPECTS.match(command):
        return None
    little = None if at.entered else _little(command, account)
    return little or alike(command, account, at.entered, at.prompt)


def _little(command: str, account: Account) -> object:
    """Return what it hangs on what is done with a container's name, None for other commands.

    Whoever is removed or renamed may be what it will; who has ended is asked nothing.
    """
    if taken := name_taken(command, account):
        return command, taken
    verb, options, name, more = match.groups() if (match := _ONE.fullmatch(command)) else _NONE
    one = next((one for one in account.containers if one.name == name), None)
    if not one:
        return None
    if verb == "rm" and not more:
        return command, one.state, one.ports, one.networks, one.mounts
    if verb == "rename" and one.networks == ("bridge",):
        return command, one.state, any(each.name == more.strip() for each in account.containers)
    stays = verb in ("restart", "stats") and one.state == "running"
    if verb == "port" or stays:
        return command, one.state, one.ports, stays and one.made
    in_vain = one.state == "running" and verb == "start" and not options + more
    asleep = one.state in ENDED and verb in ("attach", "exec", "kill", "stop")
    return (command, one.state) if in_vain or asleep else None


def standstills(command: str, at: At) -> dict[str, object]:
    """Return what it may hang on, here, that a command does nothing, by the reason for it."""
    if at.entered or is_filled_in(command):
        return {}
    account = at.account
    reasons: dict[str, object] = {
        "written": (command, "written"),
        "folder": (command, "folder", account.files),
        "built": (command, "built", account.images, account.cache, account.files),
    }
    return reasons | ({"nowhere": (command, "nowhere")} if nowhere(command, account) else {})


def _listed(account: Account, ended: bool = True) -> Iterator[object]:
    """Yield what `docker ps` shows of containers, besides their ids and ages."""
    for one in account.containers:
        if ended or one.state not in ENDED:
            yield one.name, one.image, one.made, one.state, one.exit_code, one.ports


_LISTS: Mapping[str, Callable[[Account], Iterable[object]]] = {
    "docker ps(?: --no-trunc)?": partial(_listed, ended=False),
    r"docker ps (?:-a|--filter \S+)": _listed,
    "docker network ls": lambda account: (one.name for one in account.networks),
    r"docker (?:images|image ls)(?: [\w-]+)?": lambda account: account.images,
}
_ONE = re.compile(r"docker (?:container )?(\w+)((?: --?[a-z-]+)*) ([\w.-]+)((?: [^|<>&;$`]+)?)")
_NONE = ("",) * 4
_WRITTEN_WRONGLY = re.compile(r"^Usage:  docker |\binvalid (?:tag|reference format)", re.MULTILINE)
_INSPECTS = re.compile(r"docker (?:\w+ )?inspect\b")  # all, addresses included


class Effect(NamedTuple):
    """What a command said in a state, and where it led, in the words of that state."""

    said: Said
    before: At
    after: At

    @property
    def tells(self) -> bool:
        """Whether it did anything, said what is called otherwise elsewhere, or hangs on less.

        Of others, the page knows itself what they are alike.
        """
        typed, (account, prompt, entered) = self.said.typed, self.before
        moved = self.after.key != self.before.key and not self.after.looks_from(self.before)
        less = hangs_on(typed, self.before) != alike(typed, account, entered, prompt)
        return moved or less or says_who(self.said.output, account)

    @property
    def standstill(self) -> object:
        """What it hangs on that a command did nothing, None where that is not known.

        On nothing where it is written wrongly, on the reader's files where these lack the folder to
        build, on that alone where an image is nowhere to be found. What is built already is built
        again whatever containers there are.
        """
        said, at = self.said, self.before
        if self.after.key != at.key:
            return None
        text = "\n".join(said.output)
        reasons = {
            "written": said.status and _WRITTEN_WRONGLY.search(text),
            "folder": said.status and "unable to prepare context: path " in text,
            "nowhere": said.status and "Unable to find image" in text,
            "built": not said.status and said.typed.startswith("docker build "),
        }
        reason = next((name for name, holds in reasons.items() if holds), "")
        return standstills(said.typed, at).get(reason)

    def on(self, account: Account) -> tuple[Said, At] | None:
        """Return what it says in another state, and where it leads; None if that cannot be told."""
        before, after = self.before.account, self.after.account
        ids = _ids(before, account)
        strangers = tuple(one for one in before.containers if one.id not in ids)
        if says_who(self.said.output, Account(containers=strangers)):
            return None
        led = _changed(account, _in_words(before, ids), _in_words(after, ids))
        output = tuple(_put(text, ids) for text in self.said.output)
        at = led and At(led, _put(self.after.prompt, ids), _put(self.after.entered, ids))
        return (self.said.model_copy(update={"output": output}), at) if at else None


def _ids(of: Account, account: Account) -> dict[str, str]:
    """Return the ids of things by what those of the same name are called in another account."""
    ids: dict[str, str] = {}
    for old, new in ((of.containers, account.containers), (of.networks, account.networks)):
        there = {one.name: one.id for one in new}
        ids |= {one.id: there[one.name] for one in old if one.name in there}
    return ids


def _put(text: str, ids: Mapping[str, str]) -> str:
    """Return a text with other ids in it, whole or their first 12 digits."""
    brief = {old[:12]: new[:12] for old, new in ids.items()} | dict(ids)
    return _ID.sub(lambda match: brief.get(match[0], match[0]), text)


def _in_words(account: Account, ids: Mapping[str, str]) -> Account:
    return Account.model_validate_json(_put(account.model_dump_json(), ids))


def _changed(ours: Account, before: Account, after: Account) -> Account | None:
    """Return an account, changed as another one was; None if it has not what was changed."""
    parts: dict[str, object] = {}
    for kind in _KINDS:
        things = [getattr(one, kind) for one in (ours, before, after)]
        named = [{_name(each): each for each in some} for some in things]
        # What is new there may be called, by chance of recording, like something else here.
        apart = all(len(one) == len(other) for one, other in zip(named, things, strict=True))
        patched = _patched(*named) if apart else None
        parts[kind] = None if patched is None else tuple(patched.values())
    parts["answers"] = _patched(ours.answers, before.answers, after.answers)
    for kind in _WHOLES:
        here, old, new = (getattr(one, kind) for one in (ours, before, after))
        parts[kind] = here if old == new else new if here == old else None
    return None if None in parts.values() else Account.model_validate(parts)


def _name(thing: Container | Image | Volume | Network) -> str:
    """Return what tells a thing apart."""
    return thing.name if isinstance(thing, Volume) else thing.id


def _patched(
    ours: Mapping[str, object], before: Mapping[str, object], after: Mapping[str, object]
) -> dict[str, object] | None:
    """Return what we have, changed as it was there; what is new comes first, as an engine lists."""
    changed = [one for one in {**after, **before} if before.get(one) != after.get(one)]
    if any((one in before) != (one in ours) for one in changed):
        return None
    there = {
        one: _like(ours.get(one), before.get(one), after[one]) for one in changed if one in after
    }
    new = {name: one for name, one in there.items() if name not in ours}
    kept = {name: there.get(name, one) for name, one in ours.items()}
    return new | {name: one for name, one in kept.items() if name in after or name not in before}


def _like(ours: object, old: object, new: object) -> object:
    """Return a thing with what has changed of another one."""
    if not (isinstance(ours, BaseModel) and isinstance(old, BaseModel)):
        return new
    fields = type(ours).model_fields
    now = {one: getattr(new, one) for one in fields if getattr(new, one) != getattr(old, one)}
    return ours.model_copy(update=now)
