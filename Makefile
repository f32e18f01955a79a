# Every target does all it needs by itself, on a fresh machine too. What it does is in setup/.

.PHONY: up down test test-all check bench faults test-fresh golden schema clean
.DEFAULT_GOAL := up

up: ## The stack `local` on this machine's Docker; again: a no-op
	@setup/up

down: ## Remove the stack `local`
	@.venv/bin/tandem destroy --yes

check: ## Lint, types, unit tests: seconds, no Docker
	@setup/locked setup/venv
	@setup/check .venv/bin/python -m pytest tests/golden tests/unit -n 2

test: ## Everything, on real Docker
	@setup/locked setup/all 10
	@setup/check
	@.venv/bin/python -m pytest -n 2 --dist loadfile

test-all: ## `make test` with 200 random moves, 20 swaps before a Prometheus and the long stories on machines, then every fault; on both engines where the CLI is
	@TANDEM_RANDOM_MOVES=200 TANDEM_SWAPS=20 TANDEM_ALL_MACHINES=1 $(MAKE) --no-print-directory test
	@.venv/bin/python -m tests.faults

bench: ## The table of times of the README, with Debian's compose beside it
	@setup/locked setup/all 10
	@setup/locked setup/compose
	@.venv/bin/python -m tests.bench

faults: ## A real fault at every step of a deploy; writes docs/faults.md. As root: some need a Docker of their own
	@setup/locked setup/all 10
	@.venv/bin/python -m tests.faults

test-fresh: ## `make up` and `make test`, each in a bare Debian container with its own Docker
	@setup/locked setup/all 10
	@.venv/bin/python -m tests.fresh

golden: ## Write the golden files anew; look at the diff before you commit it
	@TANDEM_GOLDEN=write .venv/bin/python -m pytest tests/golden tests/google/test_contract.py tests/parity -q

schema: ## Write config/schema.json and docs/outputs.schema.json anew
	@.venv/bin/python -m config.schema

clean: ## Remove what set-up and tools made; never a stack (`make down`) or an image
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache build *.egg-info
