"""The images that labs can pull: Docker Hub's own through a cache, or stand-ins made here.

A stand-in is a folder of images/ named like the repository it stands in for, with a Dockerfile
and the list of its tags. It behaves like the original where the examples look, and is called
a stand-in wherever results are shown.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import requests

from scripts.errors import MachineError
from scripts.lab import host
from scripts.lab.lab import HERE, Images, Lab
from scripts.lab.system import bootstrap, recipe, trust

FOLDER = HERE / "images"
HUB = "https://registry-1.docker.io"
MIRROR = "127.0.0.1:5999"
BASE = "debian-base"
BASE_SUITE = "trixie"  # its pip reads the system's certificates, as companies need

Source = Literal["hub", "standin"]


def source() -> Source:
    """Return where images come from on this machine now: Docker Hub, if it answers."""
    try:
        # Unauthenticated, a registry answers 401 to this, which is answer enough.
        return "hub" if requests.get(f"{HUB}/v2/", timeout=3).status_code == 401 else "standin"
    except requests.RequestException:
        return "standin"


def images(kind: Source, system: Path) -> Images:
    """Return the images for labs, built now on `system` if need be (a minute, once).

    Raises MachineError if that fails, or if Docker Hub was asked for and does not answer.
    """
    if kind == "hub":
        return hub()
    return Images(built(system), sealed=True)


def hub(upstream: str = HUB) -> Images:
    """Return a cache in front of Docker Hub, or of another registry, kept between runs.

    Raises MachineError if the registry does not answer.
    """
    try:
        requests.get(f"{upstream}/v2/", timeout=10)
    except requests.RequestException as error:
        raise MachineError(f"no answer from {upstream} ({error})", "use --images standin") from None
    name = hashlib.sha256(upstream.encode()).hexdigest()[:12]
    store = host.cache() / "hub" / name
    store.mkdir(parents=True, exist_ok=True)
    return Images(store, upstream)


@dataclass(frozen=True)
class StandIn:
    """One folder below `root`: the repository it stands in for, and under which tags."""

    root: Path
    folder: Path

    @property
    def repository(self) -> str:
        """The name on Docker Hub, `library/` included."""
        return str(self.folder.relative_to(self.root))

    @property
    def tags(self) -> list[str]:
        """The tags that it answers to."""
        return (self.folder / "tags").read_text().split()


def stand_ins(root: Path = FOLDER) -> list[StandIn]:
    """Return every stand-in below a folder, each after those it is built from."""
    found = [StandIn(root, path.parent) for path in sorted(root.rglob("Dockerfile"))]
    return sorted(found, key=lambda one: _built_from(one.folder))


def _built_from(folder: Path) -> int:
    """Say how many stand-ins, at most, lie below one: 0 where it is built from none of them."""
    below = re.findall(rf"{MIRROR}/(\S+?)[:\s]", (folder / "Dockerfile").read_text() + "\n")
    root = next(path for path in folder.parents if path.name == "images")
    return max((1 + _built_from(root / name) for name in below), default=0)


def stand_in_store(root: Path = FOLDER, architecture: str = "") -> Path:
    """Return the folder of the stand-ins as they are described now, built or not."""
    files = sorted(path for path in root.rglob("*") if path.is_file())
    parts = [f"{path.relative_to(root)}\0{path.read_text()}" for path in files]
    parts += [architecture] if architecture else []
    code = Path(__file__).read_text(encoding="utf-8")
    return host.cache() / "stand-ins" / recipe(code, *parts)


def built(system: Path, root: Path = FOLDER, architecture: str = "") -> Path:
    """Return a store with the stand-ins below a folder, built now on `system` if need be.

    Raises MachineError if that fails.
    """
    store = stand_in_store(root, architecture)
    with host.made_once(store, _unaltered) as partial:
        if partial:
            host.say("building the stand-in images (about a minute, once)")
            with Lab(system, Images(partial)) as lab:
                _import_base(lab, system, architecture)
                _build_all(lab, root)
    return store


def _unaltered(store: Path) -> bool:
    """Say whether every layer of a store is still what its digest says."""
    blobs = (store / "docker/registry/v2/blobs/sha256").glob("*/*/data")
    return all(hashlib.sha256(blob.read_bytes()).hexdigest() == blob.parent.name for blob in blobs)


def _import_base(lab: Lab, system: Path, architecture: str) -> None:
    with tempfile.TemporaryDirectory(dir=host.cache()) as folder:
        target = Path(folder) / "root"
        # Ubuntu has useradd and ps, too.
        bootstrap(BASE_SUITE, target, ["passwd", "procps"], architecture=architecture)
        shutil.copytree(FOLDER / "base", target, dirs_exist_ok=True)
        trust(target, system)
        tar = Path(folder) / "base.tar"
        subprocess.run(["tar", "--create", "--file", tar, "--directory", target, "."], check=True)
        with tar.open("rb") as content:
            lab.run("docker", "import", "-", BASE, stdin=content)


def _build_all(lab: Lab, root: Path) -> None:
    shutil.copytree(root, lab.path("/srv/images"))
    for stand_in in stand_ins(root):
        names = [f"{MIRROR}/{stand_in.repository}:{tag}" for tag in stand_in.tags]
        tags = [word for name in names for word in ("--tag", name)]
        lab.run("docker", "build", "--quiet", *tags, f"/srv/images/{stand_in.repository}")
        for name in names:
            lab.run("docker", "push", "--quiet", name)


@dataclass(frozen=True)
class Pulled:
    """An image that an engine fetched: name as people write it, and the digest it got."""

    name: str
    digest: str


def pulled(lab: Lab) -> list[Pulled]:
    """Return what the engine of a lab has fetched so far, from its mirror's own log."""
    log = lab.path("/var/log/registry.log").read_text(errors="replace")
    names = re.findall(r'"(?:GET|HEAD) /v2/(\S+)/manifests/([^:?\s]+)(?:\?\S*)? HTTP/1.1" 200', log)
    found = [f"{repository.removeprefix('library/')}:{tag}" for repository, tag in set(names)]
    return [Pulled(name, digest(lab, name)) for name in sorted(found)]


def digest(lab: Lab, name: str) -> str:
    """Return the digest that the mirror of a lab has for an image now, '' if it has none."""
    repository, _, tag = name.partition(":")
    repository = repository if "/" in repository else f"library/{repository}"
    kinds = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json"
    docker = "application/vnd.docker.distribution.manifest"
    answer = lab.run(
        *("curl", "--silent", "--head", "--header"),
        f"Accept: {kinds}, {docker}.list.v2+json, {docker}.v2+json",
        f"http://{MIRROR}/v2/{repository}/manifests/{tag}",
    )
    return next(_header(answer, "docker-content-digest"), "")


def _header(answer: str, name: str) -> Iterator[str]:
    for line in answer.splitlines():
        key, _, value = line.partition(":")
        if key.lower() == name:
            yield value.strip()
