# Two commands on a fresh machine: `make demo` shows the main job, `make test` proves it.
PYTHON ?= python3
VENV   := .venv
STAMP  := $(VENV)/.installed
# The tests start dozens of programs; without kept bytecode each would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: install demo test lint simulate lock clean

install: $(STAMP)

$(STAMP): requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: $(STAMP)
	$(VENV)/bin/capa24 demo $(if $(KEEP),--keep)

test: $(STAMP) lint
	$(VENV)/bin/python -m pytest -n 2 -q

# The service, its portal and its people in virtual time; a failing seed tells its story, and does so again.
SEEDS ?= 1000
FIRST ?= 1
DATABASE ?= sqlite
simulate: $(STAMP)
	$(VENV)/bin/python -m tests.simulation --database $(DATABASE) run --seeds $(SEEDS) --first $(FIRST) --counts

lint: $(STAMP)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

# Needs uv (pip install uv); the lock holds every version with its hashes, for Python 3.11 and newer.
lock:
	uv pip compile --quiet --universal --python-version 3.11 --extra dev --generate-hashes --no-emit-index-url --upgrade \
	  --custom-compile-command "make lock" -o requirements.lock pyproject.toml requirements.build.in

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis var
