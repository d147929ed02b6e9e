"""Engines from a repository that is not Debian's: as Docker's own, small, with a key of its own."""

from __future__ import annotations

import functools
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from scripts.errors import MachineError
from scripts.lab import host
from scripts.lab.bench import Bench
from scripts.lab.engine import ENGINES, Engine, Repository
from scripts.lab.system import system, system_name
from tests.conftest import Silent, serving

pytestmark = pytest.mark.engine

# What Docker's packages are called, and what each holds, here taken from Debian's.
PACKAGES = {
    "containerd.io": ("usr/bin/containerd", "usr/bin/containerd-shim-runc-v2", "usr/bin/runc"),
    "docker-buildx-plugin": ("usr/libexec/docker/cli-plugins/docker-buildx",),
    "docker-ce": ("usr/sbin/dockerd", "usr/sbin/docker-proxy"),
    "docker-ce-cli": ("usr/bin/docker",),
    "docker-compose-plugin": ("usr/libexec/docker/cli-plugins/docker-compose",),
}
DEBIANS = ("docker.io", "docker-cli", "containerd", "runc")
VERSION = "5:28.5.2-1~debian"


def call(*words: str | Path, into: Path | None = None) -> str:
    done = subprocess.run(
        list(map(str, words)),
        cwd=into,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def package(debian: Path, name: str, files: tuple[str, ...], target: Path) -> None:
    """Build a package from files of a Debian system, that needs the libraries they needed there."""
    folder = target / name
    for file in files:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(debian / file, folder / file)
    (folder / "DEBIAN").mkdir()
    needs = call(
        "dpkg-query", f"--admindir={debian}/var/lib/dpkg", "-W", "-f", "${Depends}, ", *DEBIANS
    )
    libraries = sorted({one.strip() for one in needs.split(",") if one.strip().startswith("lib")})
    control = f"Package: {name}\nVersion: {VERSION}\nArchitecture: all\nMaintainer: nobody\n"
    control += f"Depends: {', '.join(libraries)}\nDescription: {name}\n"
    (folder / "DEBIAN/control").write_text(control)
    if name == "docker-ce":
        hook = folder / "DEBIAN/postinst"
        hook.write_text("#!/bin/sh\ngroupadd --force --system docker\n")
        hook.chmod(0o755)
    call("dpkg-deb", "--build", "-Znone", folder, target / f"{name}.deb")
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory, stand_ins: Bench) -> Iterator[Repository]:
    """A repository of the form that Docker's has, on this machine, with its key beside it."""
    if not all(map(shutil.which, ("apt-ftparchive", "gpg", "gpg-agent"))):
        host.install(["apt-utils", "gpg", "gpg-agent"])
    folder = tmp_path_factory.mktemp("repository")
    release = folder / "dists/trixie"
    pool, index = release / "pool", release / "stable/binary-amd64"
    pool.mkdir(parents=True)
    index.mkdir(parents=True)
    for name, files in PACKAGES.items():
        package(system(stand_ins.engine), name, files, pool)
    packages = call("apt-ftparchive", "packages", "dists/trixie/pool", into=folder)
    (index / "Packages").write_text(packages)
    words = ("Codename=trixie", "Suite=trixie", "Components=stable", "Architectures=amd64 all")
    options = [f"-oAPT::FTPArchive::Release::{word}" for word in words]
    (release / "Release").write_text(call("apt-ftparchive", *options, "release", release))
    fingerprint = sign(release, folder / "gpg", tmp_path_factory.mktemp("keys"))
    handler = functools.partial(Silent, directory=str(folder))
    with serving(handler) as root:
        yield Repository(root.rstrip("/"), "trixie stable", f"{root}gpg", fingerprint)


def sign(release: Path, key: Path, home: Path) -> str:
    """Sign a release with a new key, put the key where it is asked for, return its fingerprint."""
    gpg = ("gpg", "--batch", "--homedir", home, "--pinentry-mode", "loopback", "--passphrase", "")
    call(*gpg, "--quick-generate-key", "nobody", "ed25519", "sign")
    call(*gpg, "--clearsign", "--output", release / "InRelease", release / "Release")
    key.write_text(call(*gpg, "--armor", "--export", "nobody"))
    rows = call(*gpg, "--list-keys", "--with-colons", "nobody").splitlines()
    call("gpgconf", "--homedir", home, "--kill", "gpg-agent")
    return next(row.split(":")[9] for row in rows if row.startswith("fpr:"))


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache for systems that nobody needs again; images are those of the machine."""
    usual = host.cache()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("SUDO_UID", raising=False)
    for name in ("stand-ins", "packages"):
        (host.cache() / name).symlink_to(usual / name)
    return host.cache()


def test_an_engine_of_a_repository_is_installed_and_refused_under_another_version(
    repository: Repository, own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    like = ENGINES["docker-29"]
    sound = Engine("docker-28-own", "forky", like.packages, store="docker", repository=repository)
    wrong = replace(sound, name="docker-29-own")
    for one in (sound, wrong):
        monkeypatch.setitem(ENGINES, one.name, one)
    bench = Bench(sound.name, "standin")
    bench.prepare()
    versions = bench.versions()
    assert versions["engine"].startswith("28.")
    assert versions["buildx"] and versions["compose"]
    with bench.open_lab() as lab:
        assert "Hello from Docker!" in lab.run("docker", "run", "hello-world")
    for kind in ("", ".files"):
        same = own_cache / "systems" / f"{system_name(sound)}{kind}"
        same.with_name(f"{system_name(wrong)}{kind}").symlink_to(same)
    other = Bench(wrong.name, "standin")
    other.prepare()
    with pytest.raises(MachineError, match=r"the engine of docker-29-own is 28\.\d+\.\d+ here"):
        other.versions()


def test_a_repository_with_another_key_or_none_is_not_used(
    repository: Repository, own_cache: Path
) -> None:
    like = Engine("docker-29-own", "forky", ENGINES["docker-29"].packages)
    for other, said in (
        (replace(repository, fingerprint="0" * 40), f"is not {'0' * 40}"),
        (replace(repository, key=f"{repository.address}/none"), "no answer from"),
    ):
        one = replace(like, repository=other)
        with pytest.raises(MachineError, match=said):
            system(one)
        assert not (own_cache / "systems" / system_name(one)).exists()
