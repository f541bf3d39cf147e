# make setup · run · test · check · check-documents · crash · drill · bench

PYTHON ?= python3
BIN := .venv/bin
ROOMS := app bot faq complaints admin_api data

.PHONY: setup run test check check-documents crash drill bench format clean

setup: .venv/ready

.venv/ready: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "需要 Python 3.11 以上 / Python 3.11 or newer is needed (PYTHON=python3.12 make …)"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null \
		|| { echo "這個 Python 沒有 venv，請先安裝（Debian、Ubuntu：apt install python3-venv）/ install python3-venv first"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	$(BIN)/python -m compileall -q $(ROOMS)
	$(BIN)/python -m app warm
	touch $@

run: setup
	@$(BIN)/python -m app demo

test: setup
	$(BIN)/python -m pytest -n auto --dist worksteal

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest tests/data/test_migrations.py tests/test_docs.py

check-documents: setup
	$(BIN)/python -m tests.admin_api.reporting.check_documents

crash: setup
	$(BIN)/python -m tests.crash

drill: setup
	$(BIN)/python -m app drill --messages 4000 --minutes 12

bench: setup
	$(BIN)/python -m tests.benchmarks.webhook
	$(BIN)/python -m tests.benchmarks.crowd --updates 5000 --chats 500
	$(BIN)/python -m tests.benchmarks.engine --sizes 300,10000
	$(BIN)/python -m tests.benchmarks.cases --sizes 20000

format: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf .venv var .mypy_cache .ruff_cache .pytest_cache
