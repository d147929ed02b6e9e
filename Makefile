# Every command sets up what it needs; the first time takes a few minutes.
PYTHON ?= python3
RUN := .venv/bin/python

.PHONY: help site serve verify check test lint lock
help:
	@echo "make site     verify every example on a real Docker Engine, and build both languages into site/"
	@echo "make serve    read and edit on http://127.0.0.1:8000, both languages"
	@echo "make verify   verify every example"
	@echo "make check    coverage, both languages side by side, prose, links: no engine needed"
	@echo "make test     run every test"
	@echo "make lock     resolve the dependencies anew into requirements.txt"

site: verify
	@$(RUN) -m scripts site

serve: .venv/.ready
	@$(RUN) -m scripts serve

verify: .venv/.ready
	@$(RUN) -m scripts verify

check: .venv/.ready
	@$(RUN) -m scripts check

test: lint
	@$(RUN) -m pytest

lint: .venv/.ready
	@$(RUN) -m ruff format --check --quiet . && $(RUN) -m ruff check --quiet . && $(RUN) -m mypy

lock: .venv/.ready
	@$(RUN) -m pip install --quiet uv && $(RUN) -m uv pip compile --quiet --universal \
	  --generate-hashes --group dev --no-emit-index-url --no-emit-find-links \
	  --custom-compile-command "make lock" pyproject.toml --output-file requirements.txt

.venv/.ready: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; type: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 3; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null \
	  || { [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -qq --yes python3-venv; } \
	  || { echo "Python has no venv; type: sudo apt-get install python3-venv"; exit 3; }
	@echo "setting up Python packages in .venv (once)"
	@$(PYTHON) -m venv --clear .venv
	@$(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@
