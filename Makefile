# One-word verbs. Everything a verb needs is set up by it first; a second time that takes no time.

PYTHON ?= python3
BIN := .venv/bin
SEEDS ?= 300
export PATH := $(CURDIR)/.tools/node/bin:$(PATH)

.PHONY: help setup run test check format lock simulate clean

help: ## say what there is
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

setup: ## set everything up that running needs: Python packages, Kafka, mongod, the web app
	@$(PYTHON) deploy/bootstrap.py run

run: setup ## start everything on this machine, until Ctrl-C
	@exec $(BIN)/parley up

test: ## run every test, against a Kafka and a mongod of their own
	@$(PYTHON) deploy/bootstrap.py test
	@npm --prefix web test --silent
	@$(BIN)/pytest -n 2 --dist worksteal

check: ## format, lint, types, imports, and the tests that need no server, of Python and web app
	@$(PYTHON) deploy/bootstrap.py check
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@npm --prefix web run check --silent
	@npm --prefix web test --silent
	@$(BIN)/pytest -n 2 -m "not real and not simulated" -q

format: ## format the code, and mend what the linter can mend
	@$(PYTHON) deploy/bootstrap.py check
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .
	@npm --prefix web run format --silent

simulate: ## run SEEDS simulated lives of the pipeline, or one with SEED=…
	@$(PYTHON) deploy/bootstrap.py check
	@$(BIN)/python -m tests.simulation $(if $(SEED),--seed $(SEED),--seeds $(SEEDS))

lock: ## pin the newest versions that pyproject.toml allows, with their hashes
	@$(PYTHON) deploy/bootstrap.py check
	@$(BIN)/uv pip compile -q $(LOCK) --group build pyproject.toml -o requirements.lock
	@$(BIN)/uv pip compile -q $(LOCK) --group dev -c requirements.lock pyproject.toml -o requirements-dev.lock

LOCK := --system-certs --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header

clean: ## remove what was set up and what the tools keep; data in var/ stays
	@rm -rf .venv .tools web/node_modules web/dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
