# Three commands: `make demo`, `make quick` and `make test`. Each sets up what they need from Python 3.11+, make and a package index.
PYTHON ?= python3
SHELL := /bin/bash
UV := .uv/bin/uv
READY := .venv/.ready
SMOT := .venv/bin/smot
# One more than the two cores that the suite is measured on: its tests wait for timers and polls a good part of their time.
JOBS ?= 3
export UV_PYTHON_DOWNLOADS := never
export UV_COMPILE_BYTECODE := 1
export UV_SYSTEM_CERTS := 1
# The tests start some six hundred processes of our code: compiled once, not by each of them.
unexport PYTHONDONTWRITEBYTECODE

QUICK := tests/domain tests/adapters tests/api tests/services tests/reports tests/failpoints tests/store

.PHONY: demo quick test up chaos attacks mutants lint setup clean

demo: $(READY)  ## run a shop's orders on a fresh instance, verify it, print a summary
	$(SMOT) demo $(ARGS)

quick: $(READY)  ## rules, adapters and the API on SQLite: what most changes can break, in less than three minutes
	.venv/bin/pytest -n $(JOBS) --dist loadfile -k "not postgresql" $(QUICK) $(ARGS)

test: $(READY) .venv/.browser  ## every test
	.venv/bin/pytest -n $(JOBS) --dist loadfile $(ARGS)

up: $(READY)  ## run smot on this machine until Ctrl-C
	$(SMOT) up $(ARGS)

chaos: $(READY)  ## the whole crash matrix: 12 crash points, 5 processes that are killed, 5 seeds; `ARGS=--sample` for a part
	.venv/bin/python -m tests.chaos.matrix --jobs $(JOBS) $(ARGS)

attacks: $(READY)  ## the attacks at length, for the nightly run: 3,000 changed webhooks of each kind
	MUTATED_WEBHOOKS=3000 .venv/bin/pytest tests/api/attacks tests/scenarios/attacks $(ARGS)

mutants: $(READY)  ## change the rules of money line by line: some test has to fail each time; see docs/mutants.md
	nice -n 15 $(UV) run --no-sync --with mutmut==3.8.1 mutmut run --max-children $(JOBS) $(ARGS)
	.venv/bin/python -m tests.mutants

lint: $(READY)  ## style, types, and the contracts of imports
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

setup: $(READY)  ## only the environment

$(READY): pyproject.toml uv.lock $(UV)
	$(UV) sync --frozen --quiet --python $(PYTHON)
	@touch $@

# Chromium for the tests of pages: this machine's, else playwright's own, else the system's package in a container.
# Where none can be had those tests are skipped, and say so.
.venv/.browser: $(READY)
	@.venv/bin/python -m tests.browser.install
	@touch $@

$(UV):
	$(PYTHON) -m venv .uv
	.uv/bin/python -m pip install --quiet --disable-pip-version-check uv==0.13.9

clean:  ## remove the environment and the data of the instance
	rm -rf .venv .uv .smot .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache mutants
