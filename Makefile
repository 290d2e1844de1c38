# Everything a newcomer needs: `make demo` and `make test`. Both install first, and need no network afterwards.
SHELL := /bin/sh
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed

.PHONY: help setup demo test lint promises format bench lock clean

help: ## show the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(STAMP) ## make .venv and install everything into it, by the lock file

$(STAMP): requirements.lock pyproject.toml
	@sh tools/make-venv.sh "$(PYTHON)"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(STAMP)

demo: setup ## a hub, a store and Ponte between them live a working day, and everything is compared
	$(BIN)/ponte demo --once

lint: setup ## formatter check, linter, strict types, import rules
	$(BIN)/ruff format --check src tests bench
	$(BIN)/ruff check src tests bench
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint ## lint, then every test that is not marked slow
	$(BIN)/pytest -m "not slow"

promises: setup ## hundreds of new stories against the promises (some minutes)
	PONTE_TEST_STORIES=500 $(BIN)/pytest --timeout 1800 tests/integration/test_promises.py

format: setup ## rewrite the code in the house format
	$(BIN)/ruff format src tests bench
	$(BIN)/ruff check --fix src tests bench

bench: setup ## measure export, latency and memory against a plain loop, in one run
	$(BIN)/python -m bench

lock: setup ## resolve the dependencies anew into requirements.lock (needs network)
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
	  --no-header --no-annotate --no-emit-index-url --no-emit-find-links --upgrade --output-file requirements.lock

clean: ## remove what the targets made
	rm -rf .venv build dist src/*.egg-info data .mypy_cache .ruff_cache .pytest_cache .hypothesis bench/results
