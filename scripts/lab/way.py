"""Ways to a lab: as root, as an ordinary user in a user namespace, or in a container of Docker.

A verifier that cannot open labs where it stands is started again where it can: the same
command, with the same words. This module needs nothing but Python itself, so that a machine
without any way is told so before anything is installed.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal, NoReturn, get_args

from scripts.errors import MachineError

Name = Literal["root", "user", "container"]
NAMES: tuple[Name, ...] = get_args(Name)

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
# Set for a command that was started again: where it is now.
INSIDE = "DOCKER_VERIFIED_LAB"

# command that a lab needs -> Debian package that brings it
TOOLS = {
    "mmdebstrap": "mmdebstrap",
    "slirp4netns": "slirp4netns",
    "unshare": "util-linux",
    "nsenter": "util-linux",
    "setpriv": "util-linux",
    "setsid": "util-linux",
}
# mmdebstrap checks signatures with these; Debian has them, Ubuntu need not.
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_APPARMOR = Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")
_TUN = Path("/dev/net/tun")
_NAMESPACES = ("--pid", "--net", "--mount", "--uts", "--ipc", "--fork")
_USER_NAMESPACE = ("unshare", "--user", "--map-root-user", "--map-auto")
IMAGE = "docker-verified-lab"


@dataclass(frozen=True)
class Obstacle:
    """What keeps a way from working here, and what to type about it."""

    what: str
    remedy: str


@dataclass(frozen=True)
class Way:
    """A way to a lab, what it is in words, and how to find what is in its way."""

    name: Name
    words: str
    look: Callable[[], Iterator[Obstacle]]

    @cached_property
    def obstacles(self) -> tuple[Obstacle, ...]:
        """What keeps it from working on this machine; nothing if it works."""
        return tuple(self.look())


_NO_LINUX = Obstacle(f"this is {platform.system()}, not Linux", "take the way of Docker")


def _as_root() -> Iterator[Obstacle]:
    if platform.system() != "Linux":
        yield _NO_LINUX
    elif os.geteuid() != 0:
        yield Obstacle("you are not root", "sudo make site")
    else:
        yield from _uninstalled(missing_packages() if not shutil.which("apt-get") else [])
        if shutil.which("unshare") and not _works("unshare", *_NAMESPACES, "true"):
            what = "root may not make namespaces here (a container without --privileged?)"
            yield Obstacle(what, "docker run --privileged …")


def _as_user() -> Iterator[Obstacle]:
    if platform.system() != "Linux":
        yield _NO_LINUX
        return
    if os.geteuid() == 0:
        yield Obstacle("you are root", "take the way of root")
        return
    needed = missing_packages() + ([] if shutil.which("newuidmap") else ["uidmap"])
    if needed:
        yield from _uninstalled(needed)
    elif not _works(*_USER_NAMESPACE, "--mount", "true"):
        yield _forbidden()
    elif not os.access(_TUN, os.R_OK | os.W_OK):
        yield Obstacle(f"you may not open {_TUN}", f"sudo chmod a+rw {_TUN}")


def _forbidden() -> Obstacle:
    """Say why an ordinary user may not make a user namespace, as far as can be seen."""
    if _APPARMOR.exists() and _APPARMOR.read_text().strip() != "0":
        what = "AppArmor forbids user namespaces (kernel.apparmor_restrict_unprivileged_userns)"
        return Obstacle(what, "sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0")
    what = "no user namespace with a range of ids (unshare --user --map-root-user --map-auto)"
    remedy = 'sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 "$USER"'
    return Obstacle(what, remedy)


def _with_docker() -> Iterator[Obstacle]:
    if not shutil.which("docker"):
        yield Obstacle(
            "there is no docker command", "https://docs.docker.com/get-started/get-docker/"
        )
    elif not _works("docker", "version"):
        yield Obstacle("no Docker Engine answers", "docker version")


def _uninstalled(packages: Sequence[str]) -> Iterator[Obstacle]:
    if packages:
        wanted = " ".join(packages)
        yield Obstacle(f"not installed: {wanted}", f"sudo apt-get install {wanted}")


def missing_packages() -> list[str]:
    """Return the Debian packages that a lab needs and that are not there."""
    missing = {package for tool, package in TOOLS.items() if not shutil.which(tool)}
    if not KEYRING.exists():
        missing.add("debian-archive-keyring")
    return sorted(missing)


def _works(*command: str) -> bool:
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, timeout=30, check=False
    )
    return done.returncode == 0


WAYS = (
    Way("root", "as root on Linux", _as_root),
    Way("user", "as an ordinary user on Linux, in a user namespace", _as_user),
    Way("container", "in a privileged container of your Docker", _with_docker),
)


def inside() -> Name | None:
    """Return the way that was taken to get here, if this command was started again."""
    name = os.environ.get(INSIDE)
    return next((known for known in NAMES if known == name), None)


def choose(wanted: Name | None = None) -> Way:
    """Return the first way that works here, or the one that is wanted.

    Raises MachineError with what is in the way of each.
    """
    ways = [way for way in WAYS if wanted in (None, way.name)]
    for way in ways:
        if not way.obstacles:
            return way
    rows = [
        f"  {way.words}: {obstacle.what}; type: {obstacle.remedy}"
        for way in ways
        for obstacle in way.obstacles
    ]
    raise MachineError(
        "\n".join(["this machine cannot start a lab:", *rows]),
        "make one of these possible; `make pages` builds the site without verifying",
    )


def enter(wanted: Name | None = None, folders: Iterable[Path] = ()) -> Name:
    """Make sure that labs can be opened: return the way, or run this command again elsewhere.

    `folders` are what it reads and writes besides the project. Does not return where the command
    is run again. Raises MachineError if there is no way.
    """
    here = inside()
    if here:
        return here
    way = choose(wanted)
    if way.name == "user":
        _again_as_user()
    if way.name == "container":
        _again_in_container(folders)
    return way.name


def _again_as_user() -> NoReturn:
    """Become root of a user namespace, in a cgroup of one's own where systemd gives one."""
    command = [*_USER_NAMESPACE, "--", sys.executable, "-m", "scripts", *sys.argv[1:]]
    scope = ["systemd-run", "--user", "--scope", "--quiet", "--property=Delegate=yes", "--"]
    if shutil.which("systemd-run") and _works(*scope, "true"):
        command = scope + command
    os.environ[INSIDE] = "user"
    os.environ["PATH"] += ":/usr/local/sbin:/usr/sbin:/sbin"  # root's programs, for who is root now
    os.execvp(command[0], command)


def _again_in_container(folders: Iterable[Path]) -> NoReturn:
    _build_image()
    # Our end of the standard input is the container's lifeline (see container/entrypoint.sh).
    interactive = "lab" in sys.argv[1:2]
    with subprocess.Popen(
        ["docker", "run", *_run_options(interactive, folders), IMAGE, *sys.argv[1:]],
        stdin=None if interactive else subprocess.PIPE,
    ) as run:
        sys.exit(run.wait())


def _run_options(interactive: bool, folders: Iterable[Path]) -> list[str]:
    """Return the options of `docker run`: what is outside has the same name inside."""
    options = ["--rm", "--init", "--interactive", "--privileged"]
    options += ["--tty"] if interactive else ["--env", "LIFELINE=1"]
    options += ["--env", f"{INSIDE}=container"]
    options += ["--workdir", str(Path.cwd()), "--env", f"PROJECT={ROOT}"]
    for folder in {ROOT, Path.cwd(), *(folder.resolve() for folder in folders)}:
        options += ["--volume", f"{folder}:{folder}"]
    # Python packages of another system, and the cache, are volumes of Docker's own.
    options += ["--volume", f"docker-verified-venv:{ROOT}/.venv"]
    options += ["--volume", "docker-verified:/root/.cache/docker-verified"]
    if authorities().is_file():  # companies that look into TLS add their own
        options += ["--volume", f"{authorities()}:/etc/ssl/certs/ca-certificates.crt:ro"]
    return options


def _build_image() -> None:
    """Build the image that the container is made from, or find it built."""
    print("building the image of the lab with your Docker (once)", file=sys.stderr, flush=True)
    done = subprocess.run(
        ["docker", "build", "--quiet", "--tag", IMAGE, HERE / "container"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        remedy = f"docker build {HERE / 'container'}"
        raise MachineError(f"the image of the lab could not be built:\n{done.stdout}", remedy)


def authorities() -> Path:
    """Return where the PEM bundle of certificate authorities is that this machine trusts."""
    return Path(os.environ.get("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt"))


def table() -> str:
    """Return the ways with what is in their way, for people."""
    rows = []
    for way in WAYS:
        rows.append(f"{way.name:10} {'works' if not way.obstacles else 'no':6} {way.words}")
        rows += [f"{'':18}{o.what}; type: {o.remedy}" for o in way.obstacles]
    return "\n".join(rows)


def main() -> NoReturn:
    """Say that there is no way to a lab here, if so: exit 3."""
    try:
        _ = inside() or choose()
    except MachineError as error:
        print(error, file=sys.stderr)
        sys.exit(3)
    sys.exit(0)


if __name__ == "__main__":
    main()
