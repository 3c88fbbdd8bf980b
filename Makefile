# Two commands: `make demo` and `make test`. Everything else serves the people who work on Reknit.
PYTHON ?= python3
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

# Each of our many processes would compile the whole house for itself.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help coverage drills faults bench reference screenshots demo demo-check test check lint types dev clean lock environment

help:
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/\1\t\2/p' Makefile | expand -t 14

environment:
	@$(PYTHON) config/bootstrap.py

demo: environment ## watch Reknit publish, lose a token, reconnect and catch up; leaves the site running
	@$(BIN)/python -m config.demo

demo-check: environment ## the same, and exit: 0 only if every step held
	@$(BIN)/python -m config.demo --check

dev: environment ## run every process until Ctrl-C
	@$(BIN)/python -m config.demo --no-story

test: environment ## the whole test suite, self-contained [WHOLE=1: every crossing of the fault tests]
	@$(if $(WHOLE),REKNIT_WHOLE=1) $(PYTEST)

coverage: environment ## the suite once more, traced; fails below the share that pyproject.toml names
	@$(PYTEST) --cov --cov-report=term:skip-covered

check: environment lint types ## everything that needs no tests
	@$(BIN)/lint-imports
	@$(BIN)/python -m config.checks

lint: environment ## ruff: rules and format
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: environment ## mypy, strict
	@SECRET_KEY=types DATABASE_URL=postgresql:///types $(BIN)/mypy apps config

lock: environment ## compile the lock file from pyproject.toml
	@uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-emit-index-url --no-header --extra dev -o requirements-dev.txt pyproject.toml

clean: ## forget the virtual environment and what the tools remember; the demo begins anew by itself
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache

faults: environment ## break everything and count [SEED=n] [JOBS=n] [ONLY=name,...] [JSON=path]
	@$(BIN)/python -m tests.faults.campaign --seed "$(or $(SEED),1)" --jobs "$(or $(JOBS),1000)" --only "$(ONLY)" --json "$(JSON)"

drills: environment ## break accounts on purpose on the demo's stack and show the report cards [ONLY=name,...]
	@$(BIN)/python -m config.drills --only "$(ONLY)"

bench: environment ## measure speed beside a named peer [ONLY=name,...] [JSON=path]
	@$(BIN)/python -m tests.bench --only "$(ONLY)" --json "$(JSON)"

reference: environment ## write the generated pages of docs/reference anew
	@SECRET_KEY=reference DATABASE_URL=postgresql:///reference $(BIN)/python manage.py errors_reference > docs/reference/errors.md
	@SECRET_KEY=reference DATABASE_URL=postgresql:///reference $(BIN)/python manage.py formats_reference > docs/reference/formats.md
	@SECRET_KEY=reference DATABASE_URL=postgresql:///reference $(BIN)/python manage.py limits_reference > docs/reference/limits.md
	@SECRET_KEY=reference DATABASE_URL=postgresql:///reference $(BIN)/python manage.py events_reference > docs/reference/events.md
	@SECRET_KEY=reference DATABASE_URL=postgresql:///reference $(BIN)/python manage.py metrics_reference > docs/reference/metrics.md
	@SECRET_KEY=reference DATABASE_URL=postgresql:///reference $(BIN)/python manage.py settings_reference > docs/reference/settings.md

screenshots: environment ## take the pictures of README and tutorial anew, by the tests that look at the pages
	@REKNIT_WRITE_SCREENSHOTS=1 $(BIN)/python -m pytest tests/e2e -k "banner or tutorial"
