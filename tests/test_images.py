"""Stand-ins, and the packages that builds in labs share: fetched once, whole, and kept."""

from __future__ import annotations

import http.server
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from scripts.errors import MachineError
from scripts.lab import host
from scripts.lab.bench import Bench
from scripts.lab.lab import Lab
from tests.conftest import ROOT

pytestmark = pytest.mark.engine

DOCKERFILE = """
FROM python:3.13-slim
RUN apt-get update && apt-get install -y --no-install-recommends tree
RUN pip install iniconfig
"""
SITE = "127.0.0.1:8000"
PROXY = "http://192.0.2.1:5998"


@pytest.fixture
def bench(stand_ins: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Labs that share nothing with those of other tests but system and images."""
    stand_ins.prepare()
    monkeypatch.setattr(host, "cache", lambda: tmp_path)
    return stand_ins


@contextmanager
def cut_off(bench: Bench) -> Iterator[Lab]:
    """A lab without a way out."""
    with bench.open_lab() as lab:
        lab.run("ip", "link", "set", "tap0", "down")
        yield lab


def build(lab: Lab) -> str:
    folder = lab.path("/srv/build")
    folder.mkdir()
    (folder / "Dockerfile").write_text(DOCKERFILE)
    return lab.run("docker", "build", "--progress=plain", "/srv/build")


def test_what_one_lab_downloaded_another_builds_from_without_a_network(bench: Bench) -> None:
    with bench.open_lab() as lab:
        build(lab)
    with cut_off(bench) as lab:
        output = build(lab)
    assert "Setting up tree" in output
    assert "Successfully installed iniconfig" in output


def test_without_a_network_a_build_fails_where_nothing_was_downloaded(bench: Bench) -> None:
    with cut_off(bench) as lab, pytest.raises(MachineError, match="apt-get"):
        build(lab)


def test_a_stand_in_keeps_nothing_of_what_it_was_built_from(bench: Bench) -> None:
    with bench.open_lab() as lab:
        left = "find /var/cache/apt /var/lib/apt/lists -type f -size +1"
        assert lab.run("docker", "run", "--quiet", "python", "sh", "-c", left) == ""


class Mirror(http.server.BaseHTTPRequestHandler):
    """A mirror whose files say how often they were asked for; `broken` ones end too early."""

    asked = 0

    def do_GET(self) -> None:
        Mirror.asked += 1
        text = f"asked {Mirror.asked}\n".encode()
        self.send_response(200)
        kind = "text/html" if "portal" in self.path else "application/octet-stream"
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(text) + ("broken" in self.path)))
        self.end_headers()
        self.wfile.write(text)


@contextmanager
def mirror(lab: Lab) -> Iterator[None]:
    """Serve a mirror inside a lab: with this machine's Python, in the lab's network."""
    network = f"--net={lab.path('/').parent / 'ns' / 'net'}"
    server = subprocess.Popen(
        ["nsenter", network, sys.executable, "-m", "tests.test_images"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )
    assert server.stdout is not None
    server.stdout.readline()
    try:
        yield
    finally:
        server.terminate()
        server.wait()


def ask(lab: Lab, path: str) -> str:
    return lab.run("curl", "--silent", "--fail", "--proxy", PROXY, f"http://{SITE}/{path}")


def test_a_file_that_never_changes_is_asked_for_once(bench: Bench) -> None:
    with bench.open_lab() as lab, mirror(lab):
        assert ask(lab, "pool/one.deb") == "asked 1\n"
        assert ask(lab, "pool/one.deb") == "asked 1\n"
        assert ask(lab, "pool/two.deb") == "asked 2\n"
    with bench.open_lab() as other:
        assert ask(other, "pool/one.deb") == "asked 1\n"


def test_a_list_is_asked_for_again_and_the_last_one_outlives_its_mirror(bench: Bench) -> None:
    with bench.open_lab() as lab:
        with mirror(lab):
            assert ask(lab, "dists/InRelease") == "asked 1\n"
            assert ask(lab, "dists/InRelease") == "asked 2\n"
        assert ask(lab, "dists/InRelease") == "asked 2\n"
        with pytest.raises(MachineError):
            ask(lab, "dists/another")


@pytest.mark.parametrize("path", ["pool/broken.deb", "dists/broken"])
def test_half_a_file_is_not_kept(bench: Bench, path: str) -> None:
    with bench.open_lab() as lab:
        with mirror(lab), pytest.raises(MachineError):
            ask(lab, path)
        assert not list(lab.path(f"/srv/packages/{SITE}").rglob("*broken*"))


def test_what_a_network_says_instead_of_a_package_is_not_kept(bench: Bench) -> None:
    with bench.open_lab() as lab, mirror(lab):
        assert ask(lab, "pool/portal.deb") == "asked 1\n"
        assert ask(lab, "pool/portal.deb") == "asked 2\n"


if __name__ == "__main__":
    with http.server.ThreadingHTTPServer(("127.0.0.1", 8000), Mirror) as served:
        print("ready", flush=True)
        served.serve_forever()
