# `make demo` shows it, `make test` tests it. Neither needs root, and neither touches anything outside this folder.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

# Caches and temporary files stay in this folder too.
export TMPDIR := $(CURDIR)/.cache/tmp
export PIP_CACHE_DIR := $(CURDIR)/.cache/pip
export PIP_DISABLE_PIP_VERSION_CHECK := 1

PIP_INSTALL := $(BIN)/python -m pip install --quiet --require-hashes --only-binary :all:

.PHONY: demo test lint format bench simulate lock clean

demo: $(VENV)/.installed  ## watch made-up customers: no key, no network
	@$(BIN)/budget-monitor demo $(if $(DURATION),--duration $(DURATION))

test: $(VENV)/.develop  ## run the tests
	@$(BIN)/python -m pytest $(ARGS)

lint: $(VENV)/.develop  ## style, types and layers
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --cache-dir .cache/import_linter

format: $(VENV)/.develop  ## mend what can be mended by itself
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: $(VENV)/.installed  ## measure; CUSTOMERS="100000 1000000" by default
	@$(BIN)/python bench/bench.py $(CUSTOMERS)

simulate: $(VENV)/.develop  ## live SEEDS made-up years, and hold all that is said against the truth
	@$(BIN)/python -m simulation --seeds $(or $(SEEDS),3) --jobs $(or $(JOBS),$(shell nproc)) $(ARGS)

lock: $(VENV)/.develop  ## pin what pyproject.toml asks for, anew
	$(BIN)/uv pip compile $(LOCK) pyproject.toml --group dev --upgrade -o requirements/dev.txt
	$(BIN)/uv pip compile $(LOCK) pyproject.toml -c requirements/dev.txt -o requirements/run.txt
	printf 'hatchling\neditables\n' | $(BIN)/uv pip compile $(LOCK) - -c requirements/dev.txt -o requirements/build.txt

LOCK := --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	--no-emit-index-url --no-emit-find-links

$(VENV)/.created:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || { \
		echo "budget-monitor needs Python 3.11, 3.12 or 3.13; $(PYTHON) is `$(PYTHON) --version 2>&1`." \
			"Name another one: make PYTHON=python3.12 ..." >&2; exit 1; }
	@mkdir -p $(TMPDIR)
	@$(PYTHON) -m venv $(VENV) || { \
		echo "$(PYTHON) cannot make a virtual environment; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@touch $@

$(VENV)/.installed: $(VENV)/.created requirements/run.txt requirements/build.txt pyproject.toml
	@echo "installing into $(VENV) ..."
	@mkdir -p $(TMPDIR)
	@$(PIP_INSTALL) -r requirements/run.txt -r requirements/build.txt
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.develop: $(VENV)/.installed requirements/dev.txt
	@echo "installing what tests need ..."
	@$(PIP_INSTALL) -r requirements/dev.txt
	@touch $@

clean:  ## remove all that the other targets have made
	rm -rf $(VENV) .cache .hypothesis

.PHONY: reference
reference: $(VENV)/.develop  ## bring the tables of the README and of the operations guide up to date
	@$(BIN)/python -m scripts.reference
