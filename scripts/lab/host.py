"""What the machine around the lab must have, and where the lab keeps what it made once."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import platformdirs
from filelock import FileLock

from scripts.errors import MachineError

# command that is needed -> Debian package that brings it
TOOLS = {
    "mmdebstrap": "mmdebstrap",
    "slirp4netns": "slirp4netns",
    "unshare": "util-linux",
    "nsenter": "util-linux",
    "setpriv": "util-linux",
}
# mmdebstrap checks signatures with these; Debian has them, Ubuntu need not.
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


def say(text: str) -> None:
    """Tell the person at the terminal what is going on, away from the results."""
    print(text, file=sys.stderr, flush=True)


def cache() -> Path:
    """Return the folder that all clones of one user share: systems, images, downloads."""
    return Path(platformdirs.user_cache_dir("docker-verified", ensure_exists=True))


def prepare() -> None:
    """Install what is missing, as root on Debian or Ubuntu.

    Raises MachineError, with what to type, where that is not possible.
    """
    if sys.platform != "linux" or os.geteuid() != 0:
        raise MachineError("a lab needs root on Linux", "sudo make site")
    missing = {package for tool, package in TOOLS.items() if not shutil.which(tool)}
    if not KEYRING.exists():
        missing.add("debian-archive-keyring")
    if missing:
        install(sorted(missing))


def install(packages: Sequence[str]) -> None:
    """Install Debian packages, or raise MachineError with what to type."""
    wanted = " ".join(packages)
    if not shutil.which("apt-get") or os.geteuid() != 0:
        raise MachineError(f"not installed: {wanted}", f"sudo apt-get install {wanted}")
    say(f"installing {wanted}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
        done = subprocess.run(
            ["apt-get", "--quiet", "--quiet", *command],
            env=environment,
            stdout=sys.stderr,
            check=False,
        )
        if done.returncode != 0:
            raise MachineError(f"could not install {wanted}", f"apt-get install {wanted}")


@contextmanager
def made_once(path: Path) -> Iterator[Path | None]:
    """Let the caller make a folder of the cache that a later run may take for whole.

    Yields a new folder to fill, which becomes `path` when the block ends well, or None where
    `path` is there already. Whoever comes second waits; what a killed run left is removed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    with FileLock(path.with_name(path.name + ".lock")):
        if path.exists():
            yield None
            return
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir()
        try:
            yield partial
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
        partial.rename(path)
