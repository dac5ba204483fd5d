# `make` alone lists what can be made. Everything runs from .venv, which make builds from pinned, hashed
# requirements; it needs nothing but make and a Python of 3.11 to 3.13.

# The newest Python that Heard supports; `make PYTHON=/path/to/python3.12` chooses another.
SUPPORTED := import sys; raise SystemExit(not (3, 11) <= sys.version_info < (3, 14))
PYTHON ?= $(shell for python in python3.13 python3.12 python3.11 python3; do \
	$$python -c '$(SUPPORTED)' 2>/dev/null && { command -v $$python; break; }; done)

BIN := .venv/bin
WORKERS ?= 3
ARGS ?=
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check --no-input
INSTALL := $(PIP) install --require-hashes

.DEFAULT_GOAL := help
.PHONY: help demo test check prove bench requirements clean
.DELETE_ON_ERROR:

help:
	@echo "make …"
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  \1|\2/p' Makefile | awk -F'|' '{ printf "%-15s %s\n", $$1, $$2 }'

demo: .venv/installed ## simulate an ICB, make its reports and serve them (ARGS="--no-serve" stops there)
	$(BIN)/heard demo $(ARGS)

test: .venv/tested ## run the tests, without the slow proofs (ARGS="-k words" chooses)
	$(BIN)/python -m pytest -n $(WORKERS) -m "not proof" $(ARGS)

check: .venv/tested ## ruff, mypy, import contracts, questionnaires, migrations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/heard questionnaire check
	@set -e; made=$$(mktemp -d); trap 'rm -r "$$made"' EXIT; \
	export HEARD_DATA_DIR="$$made/data" HEARD_KEYS_DIR="$$made/keys" \
		HEARD_DATABASE_URL="sqlite:///$$made/data/heard.sqlite3"; \
	$(BIN)/heard db upgrade; $(BIN)/alembic check

prove: .venv/tested ## run the slow proofs: the thief, the killed tally, the whole road
	$(BIN)/python -m pytest -n $(WORKERS) -m proof $(ARGS)

bench: .venv/tested ## measure page, POST, seal, tally, e-mail and pack
	$(BIN)/python -m benchmarks $(ARGS)

requirements: ## pin and hash the newest requirements again (needs python3.11, the oldest supported)
	requirements/pin

clean: ## remove .venv, caches, builds and the demo; var/, where an installation's data lie, stays
	rm -rf .venv build dist demo .mypy_cache .ruff_cache .pytest_cache .hypothesis \
		.import_linter_cache .grimp_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# -- .venv ---------------------------------------------------------------------------------------------
# Stamps, so that it is done again when a requirement changes, and only then. The project itself is
# installed last: a `heard` in .venv means that all it needs is there.

.venv/made:
	@test -n "$(PYTHON)" || { echo "Heard needs Python 3.11, 3.12 or 3.13; none was found" >&2; exit 1; }
	@$(BIN)/python -c '$(SUPPORTED)' 2>/dev/null || $(PYTHON) -m venv --clear .venv || { rm -rf .venv; \
		echo "$(PYTHON) makes no virtual environment; on Debian: apt-get install python3-venv" >&2; exit 1; }
	@touch $@

.venv/installed: .venv/made pyproject.toml requirements/base.txt requirements/build.txt requirements/postgres.txt
	@echo "installing Heard's requirements into .venv …"
	@$(INSTALL) -r requirements/base.txt -r requirements/build.txt -r requirements/postgres.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

.venv/tested: .venv/installed requirements/test.txt
	@echo "installing the test tools into .venv …"
	@$(INSTALL) -r requirements/test.txt
	@touch $@
