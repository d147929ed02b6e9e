"""What the machine around the lab must have, and where the lab keeps what it made once."""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import platformdirs
from filelock import FileLock

from scripts.errors import MachineError
from scripts.lab import way

# Somebody else may be installing something: a machine that has just started often does.
WAITING = ("--option", "DPkg::Lock::Timeout=300")


BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def say(text: str) -> None:
    """Tell the person at the terminal what is going on, away from the results."""
    print(text, file=sys.stderr, flush=True)


def cache() -> Path:
    """Return the folder that all clones of one user share: systems, images, downloads.

    Under sudo that is root's own, as the files of a Debian system belong to root.
    """
    if os.environ.get("SUDO_UID"):
        folder = Path(pwd.getpwuid(0).pw_dir, ".cache", "docker-verified")
        folder.mkdir(parents=True, exist_ok=True)
        return folder
    return Path(platformdirs.user_cache_dir("docker-verified", ensure_exists=True))


def mountpoint() -> Path:
    """Return a folder to mount on, where nobody else sees it: in a mount namespace of one's own."""
    folder = cache() / "mountpoint"
    folder.mkdir(exist_ok=True)
    return folder


def chromium() -> str | None:
    """Return where Chromium, or its brother, is on this machine."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def prepare(wanted: way.Name | None = None, folders: Iterable[Path] = ()) -> way.Name:
    """Make this a place where labs can be opened, and return the way to them (see way.enter).

    Installs what is missing, as root on Debian or Ubuntu. Raises MachineError.
    """
    entered = way.enter(wanted, folders)
    if missing := way.missing_packages():
        install(missing)
    return entered


def install(packages: Sequence[str], there: Callable[[], object] = lambda: False) -> None:
    """Install Debian packages unless what they bring is `there`.

    One of us at a time: whoever comes second waits for the first, and looks again. Raises
    MachineError with what to type.
    """
    with FileLock(cache() / "install.lock"):
        if not there():
            _install(packages)


def _install(packages: Sequence[str]) -> None:
    wanted = " ".join(packages)
    if not shutil.which("apt-get") or os.geteuid() != 0 or way.inside() == "user":
        raise MachineError(f"not installed: {wanted}", f"sudo apt-get install {wanted}")
    say(f"installing {wanted}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
        done = subprocess.run(
            ["apt-get", "--quiet", "--quiet", *WAITING, *command],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            what = f"could not install {wanted}:\n{done.stdout[-2000:]}"
            raise MachineError(what, f"apt-get install {wanted}")


def give_back(project: Path) -> None:
    """Give what root made in a person's project to that person: under sudo, in a container.

    Nothing happens where the project is root's own, or we are not root.
    """
    owner = project.stat()
    if os.geteuid() != 0 or owner.st_uid == 0:
        return
    for folder, _, names in os.walk(project):
        for path in (folder, *(os.path.join(folder, name) for name in names)):  # noqa: PTH118 - many
            if os.lstat(path).st_uid == 0:
                os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)


@contextmanager
def made_once(
    path: Path, intact: Callable[[Path], bool] = lambda path: True
) -> Iterator[Path | None]:
    """Let the caller make a folder of the cache that a later run may take for whole.

    Yields a new folder to fill, which becomes `path` when the block ends well, or None where
    `path` is there already. Whoever comes second waits; what a killed run left is removed, and so
    is what is no longer what was made: a file lacks, has another size, or it is not `intact`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial, listed = path.with_name(path.name + ".partial"), path.with_name(path.name + ".files")
    with FileLock(path.with_name(path.name + ".lock")):
        if listed.exists() and path.exists():
            if listed.read_text() == _files(path) and intact(path):
                yield None
                return
            say(f"{path} is damaged: it is made anew")
        for left in (path, partial):
            shutil.rmtree(left, ignore_errors=True)
        partial.mkdir()
        try:
            yield partial
            listed.write_text(_files(partial))
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
        partial.rename(path)


def _files(folder: Path) -> str:
    """Return a hash of the names and sizes of all that is in a folder."""
    found = hashlib.sha256()
    for here, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = os.path.join(here, name)  # noqa: PTH118 - many
            found.update(f"{path[len(str(folder)) :]} {os.lstat(path).st_size}\n".encode())
    return found.hexdigest()
