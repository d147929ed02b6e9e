# Every command sets up what it needs; the first time takes a few minutes.
PYTHON ?= python3
RUN := .venv/bin/python
# Under sudo, what does not need root is done by, and belongs to, the person who typed it.
AS := $(if $(SUDO_USER),sudo --preserve-env --set-home --user=$(SUDO_USER) --)

.PHONY: help site offline pages serve verify practise tab engines check test test-fast lint bench measure next lock way
help:
	@echo "make site       verify every example on a real Docker Engine, and build both languages into site/"
	@echo "make offline    the same, and in it what readers can take along: a ZIP, cheat sheets as PDF"
	@echo "make serve      read and edit on http://127.0.0.1:8000, both languages"
	@echo "make verify     verify every example that has changed, explore every practice that has"
	@echo "make practise   practise in a terminal, in front of a new engine that says what you have reached"
	@echo "make tab        make the engine that runs in a reader's browser tab (twenty minutes, once)"
	@echo "make engines    verify on the engines that are only observed, into verified/"
	@echo "make pages      build both languages with what was verified before"
	@echo "make check      coverage, both languages side by side, prose, links, workflow, dependencies: no engine needed"
	@echo "make test       run every test; make test-fast: those that need no engine, browser or whole site"
	@echo "make bench      the verifier beside bash and its peers; the site at 1, 5 and 20 times its size"
	@echo "make measure    what each page costs its readers: size, requests, axe, Lighthouse"
	@echo "make next       build the pages with ProperDocs and with Zensical, which may follow MkDocs"
	@echo "make lock       resolve the dependencies anew into requirements.txt"

site: verify
	@$(RUN) -m scripts site

offline: verify
	@$(RUN) -m scripts offline

pages: .venv/.ready
	@$(RUN) -m scripts site

serve: .venv/.ready
	@$(RUN) -m scripts serve

verify: way .venv/.ready
	@$(RUN) -m scripts verify && $(RUN) -m scripts explore

practise: way .venv/.ready
	@$(RUN) -m scripts practise

tab: way .venv/.ready
	@$(RUN) -m scripts tab

engines: way .venv/.ready
	@$(RUN) -m scripts verify --engine docker-28-containerd --engine docker-26 --engine docker-20

check: .venv/.ready
	@.venv/bin/zizmor --offline --quiet .github/workflows && $(RUN) -m scripts check

test: way lint
	@$(RUN) -m pytest -n auto --dist loadfile -m "not ways and not late"

test-fast: lint
	@$(RUN) -m pytest -n auto -m "not engine and not browser and not whole"

lint: .venv/.ready
	@$(AS) $(RUN) -m ruff format --check --quiet . && $(AS) $(RUN) -m ruff check --quiet . && $(AS) $(RUN) -m mypy

# Its peers have an environment of their own.
bench: way .venv/.ready
	@$(PYTHON) -m venv --clear build/peers
	@build/peers/bin/pip install --quiet --disable-pip-version-check --require-hashes \
	  -r requirements-peers.txt
	@$(RUN) -m tests.bench_verifier && $(RUN) -m tests.bench_site

measure: .venv/.ready
	@$(RUN) -m tests.measure

# They bring versions of their own of what MkDocs uses, so they have an environment of their own.
next: .venv/.ready
	@$(PYTHON) -m venv --clear build/next
	@build/next/bin/pip install --quiet --disable-pip-version-check --require-hashes \
	  -r requirements-next.txt
	@for config in mkdocs.yml mkdocs.en.yml; do \
	  echo "ProperDocs, $$config" && PYTHONPATH=. build/next/bin/properdocs build --quiet --strict \
	    --config-file $$config --site-dir build/next/site && \
	  echo "Zensical, $$config" && PYTHONPATH=. build/next/bin/zensical build --config-file $$config \
	  || exit 1; done

lock: .venv/.ready
	@$(RUN) -m pip install --quiet uv
	@$(LOCK) --group dev pyproject.toml --output-file requirements.txt
	@$(LOCK) --group next pyproject.toml --constraint requirements.txt \
	  --output-file requirements-next.txt
	@$(LOCK) --group peers --output-file requirements-peers.txt

LOCK = $(RUN) -m uv pip compile --quiet --universal --generate-hashes --no-emit-index-url \
  --no-emit-find-links --custom-compile-command "make lock"

# Before anything is installed: can this machine start labs at all?
way: python
	@$(PYTHON) -B -m scripts.lab.way

python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; type: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 3; }
.PHONY: python

.venv/.ready: requirements.txt | python
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null \
	  || { [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -qq --yes python3-venv >/dev/null; } \
	  || { echo "Python has no venv; type: sudo apt-get install python3-venv"; exit 3; }
	@echo "setting up Python packages in .venv (once)"
	@$(AS) $(PYTHON) -m venv --clear .venv
	@$(AS) $(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@$(AS) touch $@
