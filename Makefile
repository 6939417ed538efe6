# make demo, make test, make test-slow, make coq, make lint: each sets up what it needs in .venv, once.
# PYTHON chooses the interpreter that .venv is made with: make demo PYTHON=python3.12

PYTHON ?= python3
VENV_PYTHON := .venv/bin/python
PIP := $(VENV_PYTHON) -m pip install --quiet --disable-pip-version-check

.PHONY: demo test test-slow coq lint

demo: .venv/runtime.stamp
	.venv/bin/verify examples/stuart-landau-tanh.pt --box "[-1.6,1.6]^2"

test: .venv/test.stamp
	$(VENV_PYTHON) -m pytest -rs -n 2 --dist worksteal

test-slow: .venv/test.stamp
	$(VENV_PYTHON) -m pytest -rs -n 2 --dist worksteal -m slow

# Needs Debian's packages coq, libcoq-coquelicot and libcoq-interval; says so where they are missing.
coq: .venv/test.stamp
	$(VENV_PYTHON) -m pytest -rs -m "slow or not slow" tests/proofs/test_coq.py

lint: .venv/lint.stamp
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/pyright

# torch comes first and pinned: left to a resolver, it arrives with gigabytes of libraries that nothing here uses.
.venv/runtime.stamp: pyproject.toml
	test -x $(VENV_PYTHON) || $(PYTHON) -m venv .venv
	$(PIP) "torch==2.13.0"
	$(PIP) -e ".[torch,plot]"
	touch $@

.venv/test.stamp: .venv/runtime.stamp
	$(PIP) -e ".[torch,test]"
	touch $@

.venv/lint.stamp: .venv/test.stamp
	$(PIP) -e ".[torch,dev]"
	touch $@
