# Each target builds what it needs: a fresh machine needs only Python >= 3.11 and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo run test check bench format clean
.DEFAULT_GOAL := demo

$(VENV)/.ready: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[dev]"
	@touch $@

demo: $(VENV)/.ready  ## play a day in a small district, no token needed
	$(BIN)/gridbot demo

run: $(VENV)/.ready  ## the real bot: GRIDBOT_TELEGRAM_TOKEN=... make run
	$(BIN)/gridbot run

test: $(VENV)/.ready
	$(BIN)/python -m pytest --numprocesses auto --dist worksteal

bench: $(VENV)/.ready  ## measures, and writes the table in README; ONLY=a,c measures some lines
	$(BIN)/python -m tests.bench --only "$(ONLY)"

check: $(VENV)/.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: $(VENV)/.ready
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
