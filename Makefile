# Two commands for everybody: `make demo` and `make test`. Both do all their own set-up.
VENV ?= .venv
BIN := $(VENV)/bin
WORKSPACE ?= workspace
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3 python; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null && { echo $$p; break; }; done)
DEMO ?=
DOCS ?=
TESTS ?= tests
FUZZ ?= 60

.PHONY: help demo test long fuzz lint docs airflow lock clean

help: ## This list
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 10

demo: $(VENV)/.installed ## A simulated franchise through the whole pipeline (DEMO="--restaurants 60 --days 365")
	$(BIN)/franchise demo --workspace $(WORKSPACE) $(DEMO)

test: $(VENV)/.installed-dev ## Every test but the long ones
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not long" $(TESTS)

long: $(VENV)/.installed-dev ## The tests that take minutes
	$(BIN)/python -m pytest -m long $(TESTS)

fuzz: $(VENV)/.installed-dev ## Coverage-guided fuzzing of clean, for FUZZ seconds (on Linux)
	$(BIN)/python -m tests.fuzz.fuzz_clean -max_total_time=$(FUZZ) -verbosity=0

lint: $(VENV)/.installed-dev ## ruff, sqlfluff, and dbt-bouncer's rules of the dbt project
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/sqlfluff lint --processes 2 dbt_project/models dbt_project/tests
	FRANCHISE_WAREHOUSE=unused $(BIN)/dbt --quiet parse --project-dir dbt_project --profiles-dir dbt_project
	$(BIN)/dbt-bouncer run

docs: $(VENV)/.installed-docs ## The docs site and the lineage of every column, served on 127.0.0.1 (DOCS=--no-serve)
	$(BIN)/franchise docs --workspace $(WORKSPACE) $(DOCS)

airflow: $(VENV)/.installed-dev ## The DAG daily_elt over the demo, on 127.0.0.1
	$(BIN)/python -m orchestration.airflow start

lock: $(VENV)/.installed-dev ## Compile requirements.lock anew from pyproject.toml
	$(BIN)/python -m pip install -q uv
	$(BIN)/uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 \
		--strip-extras --no-annotate --no-header --quiet -o requirements.lock

clean: ## Remove the virtual environment and the demo's results
	rm -rf $(VENV) $(WORKSPACE)

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "error: Python 3.11, 3.12 or 3.13 is needed and none was found; name one: make PYTHON=/path/to/python3.11"; exit 2; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml requirements.lock | $(BIN)/python
	@echo "Installing what the pipeline needs into $(VENV); only the first time."
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements.lock -e .
	@touch $@

$(VENV)/.installed-docs: pyproject.toml requirements.lock | $(BIN)/python
	@echo "Installing what the docs need into $(VENV); only the first time."
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements.lock -e ".[docs]"
	@touch $@ $(VENV)/.installed

$(VENV)/.installed-dev: pyproject.toml requirements.lock | $(BIN)/python
	@echo "Installing what the tests need into $(VENV); only the first time."
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements.lock -e ".[dev]"
	@touch $@ $(VENV)/.installed $(VENV)/.installed-docs
