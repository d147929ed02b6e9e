"""Control groups: where the kernel counts and limits what the containers of a lab use.

On version 2, controllers are switched on in the machine's root group for the groups below it,
and stay so. Nothing else outlives a lab but empty folders, which the next run removes.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from scripts.lab import way

FOLDER = Path("/sys/fs/cgroup")
PREFIX = "docker-verified"
_CONTROLLERS = ("cpu", "memory", "pids")


def name(number: int) -> str:
    """Return the group for the containers of a lab, as the engine wants it named, '' for none."""
    if not can_limit():
        return ""
    return f"{parent()}/{PREFIX}-{os.getpid()}-{number}"


@cache
def parent() -> str:
    """Return the group below which labs have theirs: the root, or the one that was given to us.

    A group that has processes may have none below it that limits anything: ours move aside.
    """
    own = _own()
    folder = FOLDER / own.lstrip("/")
    # The machine's own root group has no type; the root of a container is somebody's group.
    if not way.inside() or not (folder / "cgroup.type").exists() or not _may_write(folder):
        return ""
    leaf = folder / f"{PREFIX}-aside"
    leaf.mkdir(exist_ok=True)
    for pid in (folder / "cgroup.procs").read_text().split():
        _write(leaf / "cgroup.procs", pid)
    for controller in _CONTROLLERS:
        _write(folder / "cgroup.subtree_control", f"+{controller}")
    return own.rstrip("/")


@cache
def can_limit() -> bool:
    """Say whether labs can limit and count what containers use."""
    folder = FOLDER / parent().lstrip("/")
    if (folder / "cgroup.controllers").exists():
        controllers = (folder / "cgroup.controllers").read_text().split()
        return "memory" in controllers and _may_write(folder)
    return _may_write(FOLDER / "memory")


def sweep() -> None:
    """Remove the empty groups that labs of killed runs left behind."""
    for folder in _found(f"{PREFIX}-*-*"):
        if not Path("/proc", folder.name.split("-")[-2]).exists():
            _remove_tree(folder)


def remove(group: str) -> None:
    """Remove the group of a lab that has ended, if it had one."""
    for folder in _found(Path(group).name) if group else ():
        _remove_tree(folder)


def _found(pattern: str) -> list[Path]:
    """Find groups by name: one folder in version 2, one a controller in version 1."""
    below = FOLDER / parent().lstrip("/")
    return [*below.glob(pattern), *FOLDER.glob(f"*/{pattern}")]


def _own() -> str:
    """Return our own group in version 2, the root where there is none."""
    rows = Path("/proc/self/cgroup").read_text().splitlines()
    return next((row.removeprefix("0::") for row in rows if row.startswith("0::")), "/")


def _may_write(folder: Path) -> bool:
    return os.access(folder, os.W_OK) and os.access(folder / "cgroup.procs", os.W_OK)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text)
    except OSError:  # the process has ended, or the machine has no such controller
        return


def _remove_tree(folder: Path) -> None:
    """Remove a group with those below it; only rmdir works there, from the inside out."""
    for path, _, _ in os.walk(folder, topdown=False):  # which minds no folder that goes meanwhile
        _rmdir(Path(path))


def _rmdir(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError:  # another run is removing it too, or it is not empty yet: next time
        return
