# Two commands: `make app` and `make test`. README has the plain commands behind both.
PYTHON ?= $(shell command -v python3 || command -v python3.14 || command -v python3.13 || command -v python3.12 || command -v python3.11 || echo python3)
BIN := .venv/bin
PORT ?= 8501

.PHONY: app test install install-test check lint format types contracts tests bench lock clean

app: install  ## the app, on http://localhost:8501, with demo cases in it
	$(BIN)/streamlit run app.py --server.port $(PORT)

test: install-test check tests  ## everything, stopping at the first stage that fails

install:
	@$(PYTHON) install.py

install-test:
	@$(PYTHON) install.py --test

# One stage at a time, also under `make -j`. pre-commit runs the same four.
.NOTPARALLEL:

check: lint format types contracts

lint:
	$(BIN)/ruff check .

format:
	$(BIN)/ruff format --check .

types:
	$(BIN)/mypy

contracts:
	$(BIN)/lint-imports

# Tests start a hundred processes: what they load is compiled once, not by each of them.
unexport PYTHONDONTWRITEBYTECODE

# The plugins fail the session when the browser or the PostgreSQL tests did not run, put the longest files first, and
# give few failed tests of several programs a second chance, told. The same commit is tried with the same drawn examples.
tests:
	$(BIN)/python -m pytest -p tests.every_kind_ran -p tests.longest_first -p tests.second_chance \
	  --hypothesis-profile=same -n 2 --dist loadfile --no-loadscope-reorder

lock:  ## after a change of requirements*.txt
	$(BIN)/uv pip compile requirements-dev.txt --universal --python-version 3.11 --overrides requirements-overrides.txt \
	  --generate-hashes --custom-compile-command "make lock" -q -o requirements-dev.lock
	$(BIN)/uv pip compile requirements.txt -c requirements-dev.lock --universal --python-version 3.11 \
	  --overrides requirements-overrides.txt --generate-hashes --custom-compile-command "make lock" -q -o requirements.lock

BENCH ?= --write
bench: install-test  ## how fast, beside what one would write instead; the table goes into docs/speed.md
	$(BIN)/python -m tests.benchmarks.throughput $(BENCH)

clean:
	rm -rf .venv .cache .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
