"""What is documented holds on a slow machine, too: where each container's program begins late."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from scripts import example, practice
from scripts.example import Example
from scripts.explore import explore
from scripts.graph import Graph
from scripts.lab import bench as benches
from scripts.lab.bench import Bench
from scripts.lab.lab import Lab
from scripts.verify import Verifier, explain

pytestmark = [pytest.mark.engine, pytest.mark.late]

# Their servers have two other commands to begin in, half a second. To wait for them would make
# other sessions, which Docker 29 has not been seen to show yet.
HASTY = {"clean-up", "exec-into-a-container"}

# Stands before runc: as soon as the first process of a container has begun, it is stopped, for a
# second, while Docker already goes on.
LATE = r"""#!/bin/bash
runc=$(type -ap runc | tail -n 1) program=0 before=()
for word in "$@"; do
  if [ "$word" = start ]; then
    said=$("$runc" "${before[@]}" state "${@: -1}")
    [[ $said =~ '"pid": '([0-9]+) ]] && program=${BASH_REMATCH[1]}
    break
  fi
  before+=("$word")
done
[ "$program" -gt 1 ] || exec "$runc" "$@"
"$runc" "$@"
status=$?
kill -STOP "$program"
setsid bash -c 'exec 3>&- 4>&- 5>&-; sleep 1; kill -CONT "$1"' late "$program" \
  >/dev/null 2>&1 </dev/null &
exit $status
"""


class LateVerifier(Verifier):
    """Has labs where the program of each container begins late."""

    @contextmanager
    def lab(self, example: Example) -> Iterator[Lab]:
        with super().lab(example) as lab:
            wrapper = lab.path("/usr/local/sbin/runc")
            if wrapper.exists():
                pytest.skip("runc already has somebody before it: this machine has no cgroups")
            wrapper.write_text(LATE)
            wrapper.chmod(0o755)
            yield lab


def stays(one: Example) -> bool:
    """Say whether an example goes on to type while a container's program begins."""
    typed = " ".join(command for step in one.transcript.steps for command in step.typed)
    return re.search(r" -d |\bup\b|docker (?:re)?start", typed) is not None


def test_no_example_takes_for_granted_that_a_program_has_begun(stand_ins: Bench) -> None:
    chosen = [one for one in example.load_all(example.FOLDER) if stays(one)]
    by_slug = {one.slug: one for one in chosen if one.slug not in HASTY}
    verifier = LateVerifier(stand_ins, lambda *_: None)
    results = verifier.run(list(by_slug.values()), benches.jobs())
    wrong = [line for result in results for line in explain(by_slug[result.slug], result)]
    assert not wrong, "\n".join(wrong)


def test_a_practice_begins_once_its_situation_is_there(stand_ins: Bench) -> None:
    (yesterday,) = practice.load_all(example.load_all(example.FOLDER, ["practice-run-or-start"]))
    few = yesterday.practice.model_copy(update={"turns": (), "repairs": (), "states": 1})
    verifier = LateVerifier(stand_ins, lambda *_: None)
    (graph,) = explore(verifier, stand_ins, [replace(yesterday, practice=few)], 1)
    assert isinstance(graph, Graph)
    (server,) = graph.states[0].account.containers
    assert (server.state, server.exit_code) == ("exited", 0)  # 137, where it was not yet serving
