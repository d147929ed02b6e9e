"""A lab: a new Docker Engine in its own namespaces, with a reader's shell in front of it.

Nothing of it touches the machine's network, mounts, processes or engine, and the kernel
takes all of it away when its first process ends, which it does when we end, however we end.
"""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal, Self

from scripts.errors import MachineError
from scripts.lab import host
from scripts.lab.system import USER

HERE = Path(__file__).parent
START_LIMIT = 60.0  # seconds until a lab that does not answer is given up; a second is usual
CGROUPS = Path("/sys/fs/cgroup")
CGROUP_PREFIX = "docker-verified"

# Where the engine keeps images: its own store, or containerd's, as new installs of Docker 29 do.
Store = Literal["docker", "containerd"]

_numbers = itertools.count()


@dataclass(frozen=True)
class Images:
    """Where the engine of a lab gets its images: the store of the registry mirror inside it.

    With an `upstream` the mirror fetches from there what the store lacks, and keeps it.
    """

    store: Path
    upstream: str | None = None


class Lab:
    """A running lab, from `__enter__` to `__exit__`.

    `system` is the Debian folder it stands on (never written to), `images` what it can pull,
    `store` where its engine keeps images.
    Entering raises MachineError if the engine does not come up.
    """

    def __init__(self, system: Path, images: Images, store: Store = "docker") -> None:
        self.system = system
        self.images = images
        self.store = store
        self._cgroup = f"{CGROUP_PREFIX}-{os.getpid()}-{next(_numbers)}"
        self._pid = 0

    def __enter__(self) -> Self:
        sweep()
        # Both ends of the lab's life are this pipe: nothing is written to it, and when the
        # last holder of `_alive` is gone, init.sh and slirp4netns see its end and leave.
        lifeline, self._alive = os.pipe()
        try:
            self._init = self._start_init(lifeline)
            with _time_limit(self._init, START_LIMIT):
                self._pid = int(self._answer("pid "))
                self._network = self._start_network(lifeline)
                self._answer("ready")
        except BaseException:
            self.stop()
            raise
        finally:
            os.close(lifeline)
        shutil.copy(HERE / "bashrc", self.path("/etc/lab.bashrc"))
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _start_init(self, lifeline: int) -> subprocess.Popen[str]:
        mountpoint = host.cache() / "mountpoint"  # mounted on in the lab's own namespace only
        mountpoint.mkdir(exist_ok=True)
        return subprocess.Popen(
            [
                *("unshare", "--pid", "--net", "--mount", "--uts", "--ipc", "--fork"),
                *("--kill-child", "bash", HERE / "init.sh", self.system, mountpoint),
                *(self.images.store, self._cgroup, self.store, self.images.upstream or ""),
            ],
            stdin=lifeline,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,  # Ctrl-C at the terminal is for us, and we end the lab
        )

    def _start_network(self, lifeline: int) -> subprocess.Popen[bytes]:
        """Give the lab a way out in user mode: nothing on the host is configured for it."""
        return subprocess.Popen(
            [
                *("slirp4netns", "--configure", "--mtu=1400", "--disable-host-loopback"),
                *("--exit-fd", str(lifeline), str(self._pid), "tap0"),
            ],
            pass_fds=[lifeline],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _answer(self, expected: str) -> str:
        """Read what init.sh says next, and return what follows the expected word."""
        assert self._init.stdout is not None
        line = self._init.stdout.readline()
        if not line.startswith(expected):
            said = (line + self._init.stdout.read()).strip() or "nothing"
            raise MachineError(
                f"the lab's Docker Engine did not start; it said: {said}",
                "see whether this is a Linux with overlayfs and cgroups, and 2 GB of memory free",
            )
        return line.removeprefix(expected).strip()

    def stop(self) -> None:
        """End everything in the lab, and wait until it is gone. Harmless when already done."""
        if self._alive >= 0:
            os.close(self._alive)
            self._alive = -1
        for process in (getattr(self, "_init", None), getattr(self, "_network", None)):
            if process:
                process.wait()
        _remove_cgroups(self._cgroup)

    def path(self, inside: str) -> Path:
        """Return where a file of the lab can be reached from outside."""
        return Path(f"/proc/{self._pid}/root") / inside.lstrip("/")

    def command(self, *words: str) -> list[str]:
        """Return the command line that runs `words` in the lab, as root."""
        namespaces = ("--pid", "--net", "--mount", "--uts", "--ipc", "--root", "--wd")
        return ["nsenter", "--target", str(self._pid), *namespaces, "--", *words]

    def shell(self, folder: str = "", user: str = USER) -> list[str]:
        """Return the command line of a user's shell, standing in a folder of their home."""
        return self.command(
            *("setsid", "--ctty", "setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups"),
            *("--reset-env", "env", f"LAB_FOLDER=/home/{user}/{folder}"),
            *("bash", "--noprofile", "--rcfile", "/etc/lab.bashrc", "-i"),
        )

    def run(self, *words: str, stdin: IO[bytes] | None = None) -> str:
        """Run a command in the lab as root and return what it printed.

        Raises MachineError if it fails: what is run here is ours, never a page's.
        """
        done = subprocess.run(
            self.command(*words),
            stdin=stdin or subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise MachineError(
                f"{' '.join(words)} failed in the lab:\n{done.stdout[-2000:]}",
                "see whether the network and the disk are all right, then type it again",
            )
        return done.stdout

    def put(self, folder: Path, files: Iterable[Path], user: str = USER) -> None:
        """Copy files (relative to `folder`) into a folder of that name in a user's home."""
        home = self.path(f"/home/{user}")
        owner = home.stat()
        target = home / folder.name
        target.mkdir()
        for name in files:
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(folder / name, target / name)
        for path in (target, *target.rglob("*")):
            os.chown(path, owner.st_uid, owner.st_gid)


class _time_limit:  # noqa: N801 - reads as a statement
    """Kill a process that is still at it after so many seconds."""

    def __init__(self, process: subprocess.Popen[str], seconds: float) -> None:
        self._timer = threading.Timer(seconds, process.kill)

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()


def sweep() -> None:
    """Remove the empty cgroup folders that labs of killed runs left behind."""
    for folder in _cgroups(f"{CGROUP_PREFIX}-*-*"):
        if not Path("/proc", folder.name.split("-")[-2]).exists():
            _remove_tree(folder)


def _remove_cgroups(name: str) -> None:
    for folder in _cgroups(name):
        _remove_tree(folder)


def _cgroups(pattern: str) -> list[Path]:
    """Find cgroups by name: one folder in version 2, one a controller in version 1."""
    return [*CGROUPS.glob(pattern), *CGROUPS.glob(f"*/{pattern}")]


def _remove_tree(folder: Path) -> None:
    """Remove a cgroup with those below it; only rmdir works there, from the inside out."""
    for path in sorted((p for p in folder.rglob("*") if p.is_dir()), reverse=True):
        _rmdir(path)
    _rmdir(folder)


def _rmdir(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError:  # another run is removing it too, or it is not empty yet: next time
        return
