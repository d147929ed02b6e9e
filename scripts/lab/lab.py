"""A lab: a new Docker Engine in its own namespaces, with a reader's shell in front of it.

It leaves the machine's network, mounts, processes and engine alone (what it leaves of cgroups,
see cgroups.py), and the kernel takes all of it away when its first process ends, which it does
when we end, however we end.
"""

from __future__ import annotations

import itertools
import os
import select
import shutil
import subprocess
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self

from scripts.errors import MachineError
from scripts.lab import cgroups, host
from scripts.lab.engine import Store
from scripts.lab.system import MIRROR as DEBIAN
from scripts.lab.system import USER

HERE = Path(__file__).parent
START_LIMIT = 60.0  # seconds until a lab that does not answer is given up; a second is usual
STOP_LIMIT = 15.0  # seconds until what does not end by itself is ended; two are usual
# What serves in a lab, and where it says which process it is.
_SERVICES = {
    "Docker Engine": "/run/docker.pid",
    "containerd": "/run/docker/containerd/containerd.pid",
    "registry": "/run/registry.pid",
    "cache of packages": "/run/packages.pid",
}
_WRITTEN = ("/", "/run", "/tmp", "/var/lib/docker")  # the disks of a lab, all of them memory
_ROOM = 2**20  # bytes that a disk which is not full has left
_FULL = "no space left on device"

Process = subprocess.Popen[bytes]

_numbers = itertools.count()


@dataclass(frozen=True)
class Images:
    """Where the engine of a lab gets its images: the store of the registry mirror inside it.

    With an `upstream` the mirror fetches from there what the store lacks, and keeps it. Into a
    store that is `sealed` nobody in the lab can push.
    """

    store: Path
    upstream: str | None = None
    sealed: bool = False


class Lab:
    """A running lab, from `__enter__` to `__exit__`.

    `system` is the Debian folder it stands on (never written to), `images` what it can pull,
    `store` where its engine keeps images.
    Entering raises MachineError if the engine does not come up, or if `stop` was called.
    """

    patience = 10.0  # seconds until a shell must show its first prompt
    pace = 1.0  # how many times the seconds that an example names its commands may take

    def __init__(self, system: Path, images: Images, store: Store = "docker") -> None:
        self.system = system
        self.images = images
        self.store = store
        self._cgroup = cgroups.name(next(_numbers))
        self._pid = 0
        self._processes: list[Process] = []
        self._alive = -1
        self._serving: dict[str, str] = {}
        self._stopped = False
        self._turn = threading.Lock()  # a lab may be stopped from elsewhere while it starts

    def __enter__(self) -> Self:
        cgroups.sweep()
        try:
            with os.fdopen(self._live(), "rb") as lifeline:
                self._start(lifeline.fileno())
            shutil.copy(HERE / "bashrc", self.path("/etc/lab.bashrc"))
            return self
        except BaseException:
            self.stop()
            raise

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _live(self) -> int:
        """Make the pipe that the lab's life hangs on, and return the end for the lab to watch.

        Nothing is written to it, and when the last holder of `_alive` is gone, init.sh and
        slirp4netns see its end and leave.
        """
        with self._turn:
            if self._stopped:
                raise MachineError("the lab was stopped before it started", "type it again")
            lifeline, self._alive = os.pipe()
            return lifeline

    def _start(self, lifeline: int) -> None:
        starting = _Starting(self._start_init(lifeline))
        starting.pid = self._pid = int(starting.expect("pid ", "its namespaces"))
        self._start_network(lifeline, starting)
        starting.expect("online", "its mounts and its way to the network")
        starting.expect("ready", "its engine and its registry to answer")
        self._serving = self._services()

    def _start_init(self, lifeline: int) -> Process:
        packages = host.cache() / "packages"  # what builds in labs have downloaded so far
        packages.mkdir(exist_ok=True)
        return self._run_beside(
            [
                *("unshare", "--pid", "--net", "--mount", "--uts", "--ipc", "--fork"),
                *("--kill-child", "bash", str(HERE / "init.sh"), str(self.system)),
                *(
                    str(host.mountpoint()),
                    str(self.images.store),
                    "ro" if self.images.sealed else "rw",
                ),
                *(str(packages), self._cgroup, self.store),
                self.images.upstream or "",
            ],
            lifeline,
        )

    def _start_network(self, lifeline: int, starting: _Starting) -> None:
        """Give the lab a way out in user mode: nothing on the host is configured for it."""
        heard, told = os.pipe()
        network = self._run_beside(
            [
                *("slirp4netns", "--configure", "--mtu=1400", "--disable-host-loopback"),
                *("--exit-fd", str(lifeline), "--ready-fd", str(told), str(self._pid), "tap0"),
            ],
            lifeline,
            told,
        )
        os.close(told)
        with os.fdopen(heard, "rb") as ready:
            # Where the lab has ended meanwhile, it says itself why.
            if not starting.read(ready.fileno()) and network.stdout and self._lives():
                said = starting.read(network.stdout.fileno()).decode(errors="replace").strip()
                remedy = "see whether /dev/net/tun can be opened (ls -l /dev/net/tun)"
                raise MachineError(f"slirp4netns gives the lab no network; it said: {said}", remedy)

    def _lives(self) -> bool:
        """Say whether the lab's first process still has its namespaces."""
        return Path(f"/proc/{self._pid}/ns/net").exists()

    def _run_beside(self, command: list[str], lifeline: int, *others: int) -> Process:
        """Start a process of the lab that watches the lifeline, its standard input."""
        process = subprocess.Popen(
            command,
            stdin=lifeline,
            pass_fds=[lifeline, *others],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C at the terminal is for us, and we end the lab
        )
        self._processes.append(process)
        return process

    def stop(self) -> None:
        """End everything in the lab, and wait until it is gone. Harmless when already done."""
        with self._turn:
            self._stopped = True
            if self._alive >= 0:
                os.close(self._alive)
                self._alive = -1
        for process in self._processes:
            _end(process)
        cgroups.remove(self._cgroup)

    def trouble(self) -> str:
        """Say what is wrong with the lab itself, '' if nothing: no example is to blame for it.

        What served in it has ended, or there is no room left.
        """
        try:
            return self._trouble()
        except OSError:  # nothing of it can be reached any more
            return "it has ended"

    def _trouble(self) -> str:
        services = self._services()
        gone = (name for name, pid in self._serving.items() if services.get(name) != pid)
        network = self._processes[-1].poll()
        if path := next((path for path in _WRITTEN if _room(self.path(path)) < _ROOM), ""):
            return f"its disk is full, below {path}"
        if name := next(gone, "" if network is None else "way to the network"):
            return f"its {name} has ended"
        # Who could not store something tidies up, and may say something else to who asked.
        log = self.path("/var/log/dockerd.log").read_text(errors="replace")
        return f"its engine had «{_FULL}»" if _FULL in log else ""

    def _services(self) -> dict[str, str]:
        """Return the processes, by what they are for and as the lab counts them, that are alive."""
        said = {name: self.path(path) for name, path in _SERVICES.items()}
        pids = {name: path.read_text().strip() for name, path in said.items() if path.exists()}
        return {name: pid for name, pid in pids.items() if self.path(f"/proc/{pid}").exists()}

    def path(self, inside: str) -> Path:
        """Return where a file of the lab can be reached from outside."""
        return Path(f"/proc/{self._pid}/root") / inside.lstrip("/")

    def command(self, *words: str) -> list[str]:
        """Return the command line that runs `words` in the lab, as root."""
        namespaces = ("--pid", "--net", "--mount", "--uts", "--ipc", "--root", "--wd")
        return ["nsenter", "--target", str(self._pid), *namespaces, "--", *words]

    def shell(self, folder: str = "", user: str = USER, words: Iterable[str] = ()) -> list[str]:
        """Return the command line of a user's shell, standing in a folder of their home.

        Typed there, each of the `words` prints a mark, OSC 133;P with the word, and nothing else.
        """
        return self.command(
            *("setsid", "--ctty", "setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups"),
            *("--reset-env", "env", f"LAB_FOLDER=/home/{user}/{folder}"),
            f"LAB_WORDS={' '.join(words)}",
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

    def reaches_internet(self) -> bool:
        """Say whether what is in the lab can download from Debian now."""
        command = self.command("curl", "--silent", "--head", "--max-time", "10", DEBIAN)
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False
        )
        return done.returncode == 0

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


def _end(process: Process) -> None:
    """Wait until a process of a lab has ended by itself, and end it if it hangs."""
    try:
        process.wait(STOP_LIMIT)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _room(disk: Path) -> int:
    found = os.statvfs(disk)
    return found.f_bavail * found.f_frsize


class _Starting:
    """What the first process of a lab says while it starts, and for how long it may.

    `pid` is that process, once it is known.
    """

    def __init__(self, init: Process) -> None:
        self.pid = 0
        self._init = init
        self._said = ""
        self._late = ""
        self._deadline = time.monotonic() + START_LIMIT

    def expect(self, word: str, awaited: str) -> str:
        """Return what follows a word on the next line. Raises MachineError if another comes."""
        while "\n" not in self._said and self._hear():
            pass
        line, _, rest = self._said.partition("\n")
        if line.startswith(word):
            self._said = rest
            return line.removeprefix(word).strip()
        while self._hear():
            pass
        what = f"it waited for {awaited}; {self._late}it said: {self._said.strip() or 'nothing'}"
        raise MachineError(
            f"the lab's Docker Engine did not start: {what}",
            "see whether this is a Linux with overlayfs and cgroups, and 2 GB of memory free",
        )

    def _hear(self) -> bool:
        """Take in what it says next, and say whether there was something."""
        assert self._init.stdout is not None
        more = self.read(self._init.stdout.fileno())
        self._said += more.decode(errors="replace")
        return bool(more)

    def read(self, pipe: int) -> bytes:
        """Return what comes next through a pipe, nothing if it has ended or the time is over.

        Nobody but us watches the time: a thread that does would outlive an end at a wrong moment.
        """
        poll = select.poll()
        poll.register(pipe, select.POLLIN)
        ready = poll.poll(1000 * max(0, self._deadline - time.monotonic()))
        if not ready and not self._late:
            self._give_up()
        return os.read(pipe, 2**16) if ready else b""

    def _give_up(self) -> None:
        log = Path(f"/proc/{self.pid}/root/var/log/dockerd.log")
        last = log.read_text(errors="replace")[-2000:] if self.pid and log.is_file() else ""
        self._late = f"{START_LIMIT:.0f} s were not enough; {last}"
