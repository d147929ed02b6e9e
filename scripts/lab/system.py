"""The Debian systems that labs stand on, one for each engine, made once by mmdebstrap."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from scripts.errors import MachineError
from scripts.lab import host, way
from scripts.lab.engine import Engine, Repository

MIRROR = "http://deb.debian.org/debian"
USER = "alex"  # the reader: a user of the docker group, in both languages
OUTSIDER = "sam"  # a user who is not

# What nothing here looks at, and each engine would have to unpack.
_EXCLUDED = (
    "/usr/lib/*/gconv/*",
    "/usr/share/doc/*",
    "/usr/share/info/*",
    "/usr/share/lintian/*",
    "/usr/share/locale/*",
    "/usr/share/man/*",
)


def system(engine: Engine) -> Path:
    """Return the folder with the Debian system of an engine, made now if need be (half a minute).

    Raises MachineError if it cannot be made.
    """
    path = host.cache() / "systems" / system_name(engine)
    with host.made_once(path) as partial:
        if partial:
            host.say(f"making the Debian system of {engine.name} (about half a minute, once)")
            users = (f"-G docker {USER}", OUTSIDER)
            hooks = map(_create, users)
            with _source(engine.repository) as sources:
                bootstrap(
                    engine.suite, partial, engine.packages, hooks, sources, engine.architecture
                )
            trust(partial, partial)
    return path


def system_name(engine: Engine) -> str:
    """Return the name of an engine's system, which tells what it is made of."""
    # Engines that differ in how they are run stand on one system.
    made_of = (engine.suite, engine.packages, engine.repository, engine.architecture)
    return f"docker-{engine.version}{engine.suite}-{recipe(repr(made_of))}"


@contextmanager
def _source(repository: Repository | None) -> Iterator[list[str]]:
    """Yield the lines that tell apt of a repository, while its key is there to be read.

    Raises MachineError if it does not answer, or if its key is another one.
    """
    if repository is None:
        yield []
        return
    with tempfile.NamedTemporaryFile(suffix=".asc", dir=host.cache()) as key:
        key.write(_key(repository))
        key.flush()
        Path(key.name).chmod(0o644)  # apt reads it as another user
        if repository.fingerprint not in _fingerprints(Path(key.name)):
            what = f"the key at {repository.key} is not {repository.fingerprint}"
            raise MachineError(what, "see what happened to that repository; do not go on with it")
        yield [f"deb [signed-by={key.name}] {repository.address} {repository.source}"]


def _key(repository: Repository) -> bytes:
    try:
        answer = requests.get(repository.key, timeout=10)
        answer.raise_for_status()
    except requests.RequestException as error:
        what = f"no answer from {repository.key} ({error})"
        raise MachineError(what, "choose another engine with --engine") from None
    return answer.content


def _fingerprints(key: Path) -> list[str]:
    """Ask GnuPG for the fingerprints of the keys in a file."""
    if not shutil.which("gpg"):
        host.install(["gpg"])
    # It wants a folder of its own, and whoever has never used it has none.
    with tempfile.TemporaryDirectory() as home:
        command = ["gpg", "--batch", "--homedir", home, "--show-keys", "--with-colons", str(key)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    return [row.split(":")[9] for row in done.stdout.splitlines() if row.startswith("fpr:")]


def _create(user: str) -> str:
    return f'chroot "$1" useradd --create-home --shell /bin/bash {user}'


def recipe(*parts: str) -> str:
    """Return a name for what is made from these parts and by this module: other, other name."""
    code = Path(__file__).read_text(encoding="utf-8")
    return hashlib.sha256("\0".join([*parts, code, host_certificates()]).encode()).hexdigest()[:12]


def bootstrap(
    suite: str,
    target: Path,
    packages: Iterable[str],
    hooks: Iterable[str] = (),
    sources: Iterable[str] = (),
    architecture: str = "",
) -> None:
    """Make a minimal Debian system in the folder, or the tar file, `target`.

    `hooks` are shell commands run with the system's folder as $1, `sources` what apt is told of
    besides Debian's own, `architecture` what it is built for, if not the machine's own. Raises
    MachineError.
    """
    command = [
        *_dying_with_us(),
        *("mmdebstrap", "--quiet", "--mode=root", "--variant=apt"),
        # A mirror can lag behind the date that unreleased suites carry; the signature still holds.
        '--aptopt=Acquire::Check-Valid-Until "false"',
        *(f"--dpkgopt=path-exclude={path}" for path in _EXCLUDED),
        f"--include={','.join(packages)}",
        *(f"--customize-hook={hook}" for hook in hooks),
        *([f"--architectures={architecture}"] if architecture else []),
        *(suite, str(target), f"deb {MIRROR} {suite} main", *sources),
    ]
    done = subprocess.run(
        command,
        env={**os.environ, "TMPDIR": str(host.mountpoint())},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise MachineError(
            f"mmdebstrap could not make a Debian {suite}:\n{done.stdout[-2000:]}",
            f"see whether {MIRROR} answers and the disk has 2 GB left, then type it again",
        )


def _dying_with_us() -> list[str]:
    """Return a command prefix: nothing outlives this process, mounts and temporary files included.

    Whoever was killed before setpriv had spoken to the kernel is no parent any more.
    """
    return [
        *("setpriv", "--pdeathsig", "KILL"),
        *("sh", "-c", '[ "$PPID" = "$0" ] && exec "$@"', str(os.getpid())),
        *("unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"),
        *("sh", "-c", 'mount -t tmpfs tmp "$TMPDIR" && exec "$@"', "sh"),
    ]


def host_certificates() -> str:
    """Return the PEM bundle of certificate authorities that this machine trusts, '' if none.

    Companies that look into TLS add their own; without it, nothing in a lab could download.
    """
    path = way.authorities()
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def trust(folder: Path, debian: Path) -> None:
    """Make the system in `folder` trust what this machine trusts, beyond what Debian ships.

    `debian` is a system that has Debian's ca-certificates. The certificates go where
    update-ca-certificates looks, also if it is installed only later, as in a `docker build`.
    """
    shipped = (debian / "usr/share/ca-certificates/mozilla").glob("*.crt")
    known = {_bare(path.read_text()) for path in shipped}
    local = folder / "usr/local/share/ca-certificates"
    local.mkdir(parents=True, exist_ok=True)
    blocks = re.findall(r"-----BEGIN CERT.*?-----END CERT\w+-----", host_certificates(), re.DOTALL)
    for n, certificate in enumerate(blocks):
        if _bare(certificate) not in known:
            (local / f"host-{n}.crt").write_text(certificate + "\n")
    if (folder / "usr/sbin/update-ca-certificates").exists():
        subprocess.run(
            ["chroot", folder, "update-ca-certificates"], check=True, capture_output=True
        )


def _bare(certificate: str) -> str:
    return "".join(certificate.split())
