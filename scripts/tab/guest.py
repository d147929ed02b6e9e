"""The guest: the small Debian of the machine in the tab, as a disk.

It is made of what is in a lab's Debian system, for i386: the engine, and what a reader types at a
shell. Images come from a registry on its own disk, whose every answer is a file, and so do the
Python packages that the course installs.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from scripts.errors import MachineError
from scripts.lab import images
from scripts.lab.engine import ENGINES, TAB
from scripts.lab.lab import HERE as LAB
from scripts.lab.lab import Images, Lab
from scripts.lab.system import OUTSIDER, USER

HERE = Path(__file__).parent
FILES = HERE / "guest"
SIZE = 1536  # MiB that the disk seems to have
ENGINE = ENGINES[TAB]

# Stand-ins of the labs, the larger ones made smaller (see images/). What is THERE from the start
# would take minutes to pull in a tab.
THERE = ("docker/getting-started", "nginx", "python:3.13-slim", "redis:8", "ubuntu")
PULLED = ("alpine", "hello-world")
# What a page's commands and the engine need. What else a shell may be asked for is busybox's.
_PROGRAMS = """
bash awk cat chmod chown comm cp curl cut date dd df diff dirname du env expr false find grep groups
gzip head hostname id install ip kill less ln ls md5sum mkdir mktemp mount mv nano
nproc pgrep pkill printf ps pwd rm rmdir sed setpriv setsid sh sha256sum sleep sort stat stty
sync tail tar tee test top touch tr true truncate tty uname umount uniq wc which whoami xargs yes
base64 basename nohup seq busybox nginx
containerd containerd-shim-runc-v2 crun docker docker-init docker-proxy dockerd xtables-legacy-multi
"""
_PLUGINS = ("docker-buildx", "docker-compose")
_CONFIGURATION = (
    *("bash.bashrc", "debian_version", "group", "gshadow", "host.conf", "nginx/mime.types"),
    *("nsswitch.conf", "os-release", "passwd", "protocols", "services", "shadow"),
)
_FOLDERS = "dev etc home mnt opt proc root run srv sys tmp usr/lib usr/bin usr/sbin var/lib var/log"


def tree(target: Path, system: Path, store: Path, wheels: Path, kept: Iterable[Path]) -> None:
    """Make the guest's files in a folder.

    `system` is a lab's Debian for its architecture, `store` a registry's with its images,
    `wheels` a folder of Python packages, `kept` folders of examples that a reader finds at home.
    """
    for name in _FOLDERS.split():
        (target / name).mkdir(parents=True, exist_ok=True)
    for name in ("bin", "sbin", "lib"):
        (target / name).symlink_to(f"usr/{name}")
    (target / "var/run").symlink_to("/run")
    _programs(target, system)
    _configuration(target, system)
    _homes(target, kept)
    registry(target / "srv/registry/v2", store)
    index(target / "srv/packages", wheels)


def _programs(target: Path, system: Path) -> None:
    found = [_which(system, name) for name in _PROGRAMS.split()]
    found += [f"/usr/libexec/docker/cli-plugins/{name}" for name in _PLUGINS]
    found += [f"/{p.relative_to(system)}" for p in system.glob("usr/lib/i386-linux-gnu/xtables/*")]
    for path in {*found, *_libraries(system, found)}:
        _copy(system, target, path)
    names = ("iptables", "iptables-restore", "iptables-save")
    links = dict.fromkeys(names, "xtables-legacy-multi")
    # The builder starts runc by its name; crun takes the same commands, and is faster here.
    links["runc"] = "../bin/crun"
    for name, program in links.items():
        (target / "usr/sbin" / name).symlink_to(program)
    shutil.copytree(system / "usr/share/terminfo", target / "usr/share/terminfo")
    applets = _in(system, "busybox", "--list").split()
    there = {
        path.name for folder in ("bin", "sbin") for path in (target / "usr" / folder).iterdir()
    }
    for name in sorted({*applets} - there):
        (target / "usr/bin" / name).symlink_to("busybox")


def _in(system: Path, *words: str) -> str:
    done = subprocess.run(["chroot", system, *words], capture_output=True, text=True, check=False)
    return done.stdout


def _which(system: Path, name: str) -> str:
    places = (f"/usr/{folder}/{name}" for folder in ("bin", "sbin"))
    found = next((place for place in places if os.path.lexists(system / place.lstrip("/"))), None)
    if found is None:
        raise MachineError(f"the guest's Debian has no {name}", "mend scripts/tab/guest.py")
    return found


def _libraries(system: Path, programs: Iterable[str]) -> Iterator[str]:
    yield from re.findall(r"(/\S+) \(0x", _in(system, "ldd", *programs))


def _copy(system: Path, target: Path, path: str) -> None:
    """Copy a file to where it is in the system, below /usr; what links lead to comes along."""
    place = Path(re.sub("^/(bin|sbin|lib)/", r"/usr/\1/", path).lstrip("/"))
    (target / place).parent.mkdir(parents=True, exist_ok=True)
    source = Path(_in(system, "readlink", "--canonicalize", f"/{place}").strip().lstrip("/"))
    shutil.copy2(system / source, target / place)


def _configuration(target: Path, system: Path) -> None:
    for name in _CONFIGURATION:
        if (system / "etc" / name).exists():
            (target / "etc" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(system / "etc" / name, target / "etc" / name)
    (target / "etc/hosts").write_text("127.0.0.1 localhost\n::1 localhost\n127.0.1.1 docker\n")
    (target / "etc/resolv.conf").touch()
    places = {
        "init": "usr/sbin/init",
        "agent": "usr/sbin/agent",
        "containerd.toml": "etc/containerd/config.toml",
        "daemon.json": "etc/docker/daemon.json",
        "seccomp.json": "etc/docker/seccomp.json",
        "mirror.conf": "etc/mirror.conf",
    }
    for name, place in places.items():
        (target / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(FILES / name, target / place)
        (target / place).chmod(0o755 if "sbin" in place else 0o644)
    shutil.copy(LAB / "bashrc", target / "etc/lab.bashrc")
    for name in ("var/lib/nginx", "var/log/nginx"):
        (target / name).mkdir(parents=True, exist_ok=True)


def _homes(target: Path, kept: Iterable[Path]) -> None:
    for user in (USER, OUTSIDER):
        (target / "home" / user).mkdir()
    for folder in kept:
        skipped = shutil.ignore_patterns("*.toml", "*.console")
        shutil.copytree(folder, target / "home" / USER / folder.name, ignore=skipped)
    rows = [row.split(":") for row in (target / "etc/passwd").read_text().splitlines()]
    owners = {row[0]: (int(row[2]), int(row[3])) for row in rows}
    for user in (USER, OUTSIDER):
        home = target / "home" / user
        for path in (home, *home.rglob("*")):
            shutil.chown(path, *owners[user])


def registry(target: Path, store: Path) -> None:
    """Write the answers of a registry as files, from a store of docker-registry.

    Layers are not compressed there: the disk is, and better, and an engine has less to do. Those of
    images that an engine has already are left out.
    """
    kept = store / "docker/registry/v2"
    for tag in kept.glob("repositories/**/_manifests/tags/*/current/link"):
        name = tag.relative_to(kept / "repositories").parts[:-5]
        text = _blob(kept, tag.read_text().strip())
        blobs: dict[str, bytes] = {}
        if name[-1] in PULLED:
            text, blobs = _unpacked(kept, json.loads(text))
        folder = target.joinpath(*name)
        for spelling in (tag.parts[-3], _digest(text)):
            _write(folder / "manifests" / spelling, text)
        for digest, data in blobs.items():
            _write(folder / "blobs" / digest, data)


def _unpacked(kept: Path, manifest: dict[str, Any]) -> tuple[bytes, dict[str, bytes]]:
    """Return the manifest of an image whose layers are not compressed, and what it names."""
    config = manifest["config"]["digest"]
    blobs = {config: _blob(kept, config)}
    for layer in manifest["layers"]:
        data = gzip.decompress(_blob(kept, layer["digest"]))
        layer.update(mediaType=_LAYER, size=len(data), digest=_digest(data))
        blobs[layer["digest"]] = data
    return json.dumps(manifest).encode(), blobs


_LAYER = "application/vnd.docker.image.rootfs.diff.tar"


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _blob(kept: Path, digest: str) -> bytes:
    algorithm, _, name = digest.partition(":")
    return (kept / "blobs" / algorithm / name[:2] / name / "data").read_bytes()


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def index(target: Path, wheels: Path) -> None:
    """Write an index of Python packages as pip reads it (PEP 503)."""
    (target / "files").mkdir(parents=True)
    names: dict[str, list[str]] = {}
    for wheel in sorted(wheels.glob("*.whl")):
        shutil.copy(wheel, target / "files")
        name = re.sub(r"[-_.]+", "-", wheel.name.split("-")[0]).lower()
        names.setdefault(name, []).append(wheel.name)
    for name, found in names.items():
        links = "".join(f'<a href="/files/{one}">{one}</a>\n' for one in found)
        _write(target / "simple" / name / "index.html", f"<!doctype html>\n{links}".encode())


def stand_ins(system: Path) -> Path:
    """Return a registry's store with the images that can be pulled in a tab, built if need be."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "images"
        for name in (*THERE, *PULLED):
            repository = name.partition(":")[0]
            place = repository if "/" in repository else f"library/{repository}"
            shutil.copytree(images.FOLDER / place, root / place)
        shutil.copytree(HERE / "images", root, dirs_exist_ok=True)
        return images.built(system, root, ENGINE.architecture)


def engine_store(system: Path, store: Path, target: Path) -> None:
    """Have an engine pull what is to be there from the start, and copy what it keeps of it."""
    with Lab(system, Images(store)) as lab:
        for name in THERE:
            lab.run("docker", "pull", "--quiet", name)
        # It has to have written all that it knows.
        lab.run(
            "sh", "-c", "pkill -x dockerd; while pgrep -x dockerd >/dev/null; do sleep .1; done"
        )
        keep = "tar --create --xattrs --xattrs-include=* --file=/srv/kept.tar"
        lab.run("sh", "-c", f"cd /var/lib/docker && {keep} image overlay2")
        target.mkdir(parents=True)
        unpack = ["tar", "--extract", "--xattrs", "--xattrs-include=*", "--numeric-owner"]
        kept = lab.path("/srv/kept.tar")
        subprocess.run([*unpack, "--file", kept, "--directory", target], check=True)


def packages(files: Path, system: Path) -> dict[str, str]:
    """Return the packages that the guest's files are of, and those of its images, by version.

    Images that can be pulled hold BusyBox alone, which says itself what it is.
    """
    lists = (system / "var/lib/dpkg/info").glob("*.list")
    used = {path.stem.partition(":")[0] for path in lists if _has(files, path)}
    shown = _in(system, "dpkg-query", "--show")
    found = {name: version for name, version in _rows(shown) if name in used}
    for path in files.glob("var/lib/docker/overlay2/*/diff/usr/share/packages-*"):
        found |= {f"{name} (images)": version for name, version in _rows(path.read_text())}
    for blob in files.glob("srv/registry/v2/library/*/blobs/*"):
        if said := re.search(rb"BusyBox v\S+ \(Debian (\S+)\)", blob.read_bytes()):
            found["busybox-static (images)"] = said[1].decode()
    return found


def _has(files: Path, listed: Path) -> bool:
    """Say whether any file of a package, of which this is the list, is there."""
    places = (files / line.lstrip("/") for line in listed.read_text().splitlines())
    return any(place.is_file() and not place.is_symlink() for place in places)


def _rows(shown: str) -> Iterator[tuple[str, str]]:
    for row in shown.splitlines():
        name, _, version = row.partition("\t")
        yield name.partition(":")[0], version


def wheels(system: Path, store: Path, wanted: Iterable[str], target: Path) -> None:
    """Download the Python packages that the course installs, for the guest's Python."""
    with Lab(system, Images(store)) as lab:
        lab.run("mkdir", "/srv/wheels")
        lab.run(
            *("docker", "run", "--rm", "--volume", "/srv/wheels:/wheels", "python"),
            *("pip", "download", "--only-binary", ":all:", "--dest", "/wheels", *wanted),
        )
        shutil.copytree(lab.path("/srv/wheels"), target)


def disk(files: Path, target: Path) -> None:
    """Make the disk from the guest's files: ext4 without a journal, which nobody replays here."""
    with target.open("wb") as image:
        image.truncate(SIZE * 2**20)
    command = ["mke2fs", "-q", "-t", "ext4", "-O", "^has_journal,^metadata_csum", "-m", "0"]
    subprocess.run([*command, "-d", files, target], check=True, capture_output=True)
