# Everything a newcomer needs: `make demo` and `make test`. Both install first, and need no network afterwards.
SHELL := /bin/sh
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed
ASSETS := src/ponte_ui/static/vendor/icons.svg
# Written by npm itself, last of all.
MODULES := assets/node_modules/.package-lock.json

# Images of containers forbid Python to keep what it has compiled. The tests start hundreds of
# processes, and each of them would compile all its modules anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup assets translations demo test lint rules types suite screenshots promises properties replay chaos fuzz format bench bench-hub bench-panel lock clean

help: ## show the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(STAMP) $(ASSETS) ## make .venv and install everything into it, by the lock files

$(STAMP): requirements.lock pyproject.toml
	@sh tools/make-venv.sh "$(PYTHON)"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(STAMP)

assets: $(ASSETS) ## take what the pages show themselves with from npm, by its lock file

$(ASSETS): $(MODULES) assets/icons.txt tools/build_assets.py
	$(BIN)/python tools/build_assets.py

$(MODULES): assets/package-lock.json | $(STAMP)
	@sh tools/make-node.sh
	npm ci --prefix assets --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $(MODULES)

demo: setup ## a hub, a store and Ponte between them live a working day, and everything is compared
	$(BIN)/ponte demo --once

lint: rules types ## formatter check, linter, strict types, import rules

rules: setup
	$(BIN)/ruff format --check src tests bench tools
	$(BIN)/ruff check src tests bench tools
	$(BIN)/lint-imports

types: setup
	$(BIN)/mypy

suite: setup
	@sh tools/make-browser.sh
	$(BIN)/pytest -m "not slow" -n 3 --dist loadfile --no-loadscope-reorder

# The types take half a minute of one core; the tests need not wait for them.
test: rules ## lint, and every test that is not marked slow
	@$(MAKE) --no-print-directory -j 2 types suite

screenshots: setup ## take the pictures in docs/screenshots anew, from the demo's data
	@sh tools/make-browser.sh
	$(BIN)/python tools/screenshots.py

promises: setup ## hundreds of new stories against the promises (some minutes)
	PONTE_TEST_STORIES=500 $(BIN)/pytest --timeout 1800 tests/integration/test_promises.py

properties: setup ## try a thousand new examples of each property (some minutes)
	$(BIN)/pytest -n 2 --timeout 1800 --hypothesis-profile=thorough --hypothesis-seed=$$(date +%s) tests/unit

chaos: setup ## the demo's day with power cuts
	$(BIN)/pytest -m slow tests/integration/test_demo.py

fuzz: setup ## send the API right and wrong data of every kind, and hold each answer against its document
	$(BIN)/pytest -m slow tests/integration/test_api_answers.py

replay: setup ## replay every order of the Olist sample, of which the tests draw some (some minutes)
	$(BIN)/pytest -m slow tests/integration/test_olist.py

translations: setup ## bring the English catalogues up to the texts in code and templates
	$(BIN)/python tools/translations.py

format: setup ## rewrite the code in the house format
	$(BIN)/ruff format src tests bench tools
	$(BIN)/ruff check --fix src tests bench tools

bench: setup ## measure export, latency and memory against a plain loop, in one run
	$(BIN)/python -m bench

bench-hub: setup ## measure the sandbox hub on one core with a million SKUs
	$(BIN)/python -m bench.hub

bench-panel: setup ## measure every list and page of the panel, and its longest statement, at a million SKUs
	$(BIN)/python -m bench.panel_pages

lock: setup ## resolve the dependencies into requirements.lock; newer ones with UPGRADE=--upgrade (needs network)
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
	  --no-header --no-annotate --no-emit-index-url --no-emit-find-links $(UPGRADE) --output-file requirements.lock

clean: ## remove what the targets made
	find src tests bench tools -name __pycache__ -prune -exec rm -rf {} +
	rm -rf .venv assets/node_modules src/ponte_ui/static/vendor build dist src/*.egg-info data .mypy_cache .ruff_cache .pytest_cache .hypothesis bench/results
