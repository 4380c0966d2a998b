# Everything runs in the project's own environment, .venv, which each target that needs it sets up first.
#   PYTHON=python3.12 make demo      another interpreter (3.11 or newer)
#   WORKERS=8 make test              more test processes
#   make quick TESTS=tests/house     a part of the tests

PYTHON ?= python3
WORKERS ?= 2
TESTS ?= tests
BIN := .venv/bin
# Each worker takes tests from one end on, and what is left of the other's last: neighbors share plans and compiled programs.
PYTEST := $(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal
# Quick tests compile far more than they compute: theirs is code that is not optimized. What is long runs what users run.
PLAIN := XLA_FLAGS="$$XLA_FLAGS --xla_backend_optimization_level=0"
# An environment is current while these stay the same: what is wanted, which versions, where the project lies, whose Python.
KEY := $(shell { cat pyproject.toml constraints.txt; pwd; echo $(PYTHON); } | cksum | cut -d ' ' -f 1)
CORE := .venv/.core-$(KEY)
TEST := .venv/.test-$(KEY)

.DEFAULT_GOAL := help
.PHONY: help demo test lint quick long check bench soak clean
.DELETE_ON_ERROR:

help: ## list the targets
	@grep -E '^[a-z]+:.*## ' Makefile | sed -E 's/^([a-z]+):.*## /  make \1	/'

demo: $(CORE) ## plan the shipped scenarios; figures and results go to build/
	@mkdir -p build
	$(BIN)/capexmodel optimize meta_2026 --figures build/figures --json build/meta_2026.json
	$(BIN)/capexmodel optimize greenfield --figures build/figures/greenfield --json build/greenfield.json

test: lint quick ## lint, then run the tests that are quick

quick: $(TEST) ## run the quick tests alone
	$(PLAIN) $(PYTEST) -m "not long" --durations=60 $(TESTS)

long: $(TEST) ## run the tests that take longer: plans, laws and slopes of the large scenarios
	$(PYTEST) -m long --durations=40 $(TESTS)

check: quick long ## run every test

lint: $(TEST) ## style, types, and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports --no-cache --no-logo

bench: $(TEST) ## time the solver against its peers
	$(BIN)/python -m benchmarks

soak: $(TEST) ## run what takes hours: laws in depth, slopes, killed writers, the same bytes, mutants, inputs by a search; kept in tests/soak
	$(BIN)/python -m tests.soak laws
	$(BIN)/python -m tests.soak planted
	$(BIN)/python -m tests.soak slopes
	$(BIN)/python -m tests.soak kills
	$(BIN)/python -m tests.soak determinism
	$(BIN)/python -m tests.soak mutants --workers $(WORKERS)
	$(BIN)/python -m tests.soak mutants --sample 500 --long --workers $(WORKERS)
	-$(BIN)/python -m tests.soak fuzz --runs 1000000 # needs the extra `fuzz`

clean: ## remove the environment and everything that was built
	rm -rf .venv build dist .pytest_cache .hypothesis .ruff_cache .import_linter_cache

# A full environment serves the demo too.
$(CORE):
	@test -e $(TEST) || EXTRA=figures sh -c '$(INSTALL)'
	@touch $@

$(TEST):
	@EXTRA=test sh -c '$(INSTALL)'
	@touch $(CORE) $@

# uv when it is there, pip otherwise: same versions, for what is installed and for what builds it.
define INSTALL
set -eu; \
$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11))" || { echo "capexmodel needs Python 3.11 or newer: PYTHON=python3.12 make ..." >&2; exit 1; }; \
echo "Setting up .venv ($$EXTRA); later runs start at once."; \
test "$$($(BIN)/python -V 2>&1)" = "$$($(PYTHON) -V)" || $(PYTHON) -m venv --clear .venv; \
rm -f .venv/.core-* .venv/.test-*; \
if command -v uv >/dev/null 2>&1; then \
  uv pip install --quiet --python $(BIN)/python -c constraints.txt -b constraints.txt -e ".[$$EXTRA]"; \
else \
  PIP_CONSTRAINT=constraints.txt PIP_BUILD_CONSTRAINT=constraints.txt PIP_DISABLE_PIP_VERSION_CHECK=1 \
    $(BIN)/python -m pip install --quiet -e ".[$$EXTRA]"; \
fi
endef
