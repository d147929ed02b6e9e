"""How long the site takes to build, at 1, 5 and 20 times its size: python -m tests.bench_site."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from scripts.example import LANGUAGES
from scripts.report import KEPT
from scripts.report import PATH as REPORT
from scripts.site.build import CONFIGS
from tests.conftest import PROJECT, ROOT

SIZES = (1, 5, 20)
# Pages that list all examples: there is one of each, however large the site.
WHOLE = ("verification.md", "engines.md")
EXAMPLE = re.compile(r'(?<!picture)\("([\w-]+)(?=")')
NAV = re.compile(r"^nav:\n(?P<entries>(?: .*\n)+)", re.MULTILINE)


def main() -> None:
    """Print a table, a line as soon as its site is built."""
    print(f"{'size':>4} {'examples':>8} {'pages':>6} {'seconds':>8} {'per page':>9}")
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            project = Path(folder)
            multiply(project, size)
            examples = len(list((project / "examples").iterdir()))
            pages = len(list((project / "docs").rglob("*.md")))
            seconds = build(project)
        print(f"{size:4} {examples:8} {pages:6} {seconds:8.2f} {seconds / pages:9.4f}", flush=True)


def build(project: Path) -> float:
    """Build the site of a project, and return how many seconds it took."""
    start = time.perf_counter()
    words = [sys.executable, "-m", "scripts", "site"]
    subprocess.run(words, cwd=project, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def multiply(project: Path, size: int) -> None:
    """Write a project as large as `size` times this one: examples, pages, navigation, report."""
    for name in PROJECT:
        source, target = ROOT / name, project / name
        shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
    slugs = [path.name for path in (project / "examples").iterdir()]
    pages = [path for one in LANGUAGES for path in (project / "docs" / one).rglob("*.md")]
    texts = {path: path.read_text(encoding="utf-8") for path in pages if path.name not in WHOLE}
    for n in range(2, size + 1):
        for slug in slugs:
            shutil.copytree(project / "examples" / slug, project / "examples" / f"{slug}-{n}")
        for path, text in texts.items():
            again = _renamed(text, slugs, n)
            path.with_stem(f"{path.stem}-{n}").write_text(again, encoding="utf-8")
    for config in CONFIGS.values():
        path = project / config
        path.write_text(NAV.sub(lambda nav: _longer(nav, size), path.read_text()), encoding="utf-8")
    for path in filter(Path.exists, (ROOT / REPORT, *(ROOT / KEPT).glob("*.json"))):
        _multiply_report(path, project / path.relative_to(ROOT), size)


def _renamed(text: str, slugs: list[str], n: int) -> str:
    """Return a page that shows the nth copies of its examples, which macros name first."""
    return EXAMPLE.sub(lambda q: f"{q[0]}-{n}" if q[1] in slugs else q[0], text)


def _longer(nav: re.Match[str], size: int) -> str:
    """Return a navigation with a section for each copy of the pages."""
    return nav[0] + "".join(_section(nav["entries"], n) for n in range(2, size + 1))


def _section(entries: str, n: int) -> str:
    """Return the nth copy of a navigation, without what stays one page and sections of it alone."""
    pages = [line for line in entries.splitlines() if not line.endswith(WHOLE)]
    full = [
        line
        for line, below in zip(pages, [*pages[1:], ""], strict=True)
        if line.endswith(".md") or below.startswith("      ")
    ]
    copies = (f"    {line.replace('.md', f'-{n}.md')}\n" for line in full)
    return f"  - Copy {n}:\n{''.join(copies)}"


def _multiply_report(source: Path, target: Path, size: int) -> None:
    report = json.loads(source.read_text(encoding="utf-8"))
    report["examples"] = [copy for one in report["examples"] for copy in _copies(one, size)]
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(report), encoding="utf-8")


def _copies(result: dict[str, object], size: int) -> Iterator[dict[str, object]]:
    yield result
    for n in range(2, size + 1):
        yield result | {"slug": f"{result['slug']}-{n}"}


if __name__ == "__main__":
    main()
