# Two commands to know: `make demo` and `make test`.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
UV     := $(shell command -v uv 2>/dev/null)

.PHONY: demo test check coverage saboteurs wheel clean

demo: $(VENV)/.installed
	@$(BIN)/pilotbridge demo

test: $(VENV)/.installed-test
	$(BIN)/python -m pytest -n auto --dist worksteal

check: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The rooms where a wrong branch loses or doubles an SMS are covered branch by branch. (Tests of speed are
# left out: a tracer slows what they time.)
COVERED = pilotbridge/lifecycle.py,pilotbridge/outbox/doubt.py,pilotbridge/smspilot/wire/*,pilotbridge/sms_text/*

coverage: $(VENV)/.installed-test
	$(BIN)/coverage run -m pytest -k 'not less_than_50_ms and not square' tests/test_lifecycle.py \
	  tests/outbox/doubt tests/smspilot/test_wire*.py tests/smspilot/test_client.py tests/test_sms_text_*.py
	$(BIN)/coverage report --include='$(COVERED)' --fail-under=100

# Tests the tests: breaks one promise at a time in a copy, and the named tests must notice. NAMES chooses some.
saboteurs: $(VENV)/.installed-test
	$(BIN)/python -m tests.saboteurs $(NAMES)

wheel: $(VENV)/.installed-dev
	$(BIN)/python -m build --wheel --outdir dist .

$(BIN)/python:
	@echo 'Installing PilotBridge into $(VENV); once, half a minute or so.'
ifdef UV
	@$(UV) venv --quiet --python $(PYTHON) $(VENV)
else
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "PilotBridge needs Python 3.11 or newer; try make PYTHON=python3.12")'
	@$(PYTHON) -m venv $(VENV)
endif

ifdef UV
INSTALL = $(UV) pip install --quiet --python $(BIN)/python
else
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check
endif

$(VENV)/.installed: $(BIN)/python pyproject.toml
	@$(INSTALL) -e .
	@touch $@

$(VENV)/.installed-test: $(BIN)/python pyproject.toml
	@$(INSTALL) -e '.[test]'
	@touch $(VENV)/.installed $@

$(VENV)/.installed-dev: $(BIN)/python pyproject.toml
	@$(INSTALL) -e '.[test,dev]'
	@touch $(VENV)/.installed $(VENV)/.installed-test $@

clean:
	rm -rf $(VENV) build dist data .pytest_cache .mypy_cache .ruff_cache
