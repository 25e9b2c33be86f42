# One command for each thing. `make` alone lists them.
PYTHON := .venv/bin/python
DEVENV := .venv/bin/devenv
.DEFAULT_GOAL := help
.PHONY: help setup up test check lint boxes bench storm clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup:  ## an engine and the Compose plugin where they are missing, a virtual environment, a base layer
	@scripts/setup

up: setup  ## the example: a model trained on real digits in a sandbox of its own, and served
	@scripts/up

test: lint boxes  ## everything that this machine can prove, the fast things first
	$(PYTHON) -m pytest --strict-skips --durations=10 tests/unit tests/golden tests/packaging tests/engine

check: lint  ## what needs no engine, with fewer random cases: under a minute, for between two edits
	DEVENV_CASES=100 $(PYTHON) -m pytest --strict-skips -m "not engine and not slow" -q tests/unit tests/golden tests/packaging

lint: setup  ## ruff with all rules, mypy --strict
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy

boxes: setup  ## build the boxes that are not built yet (minutes, once)
	@$(DEVENV) box build

bench: boxes  ## the figures against their bars; ONLY=up takes one
	$(PYTHON) -m benchmarks $(if $(ONLY),--only $(ONLY))

storm: boxes  ## kill devenv at random moments and count what is lost; ROUNDS=40 SEED=7 ONLY=storm-up
	$(PYTHON) -m benchmarks.storm $(if $(ONLY),--only $(ONLY))

clean:  ## remove what was made in this folder; sandboxes, images and the cache stay
	rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
