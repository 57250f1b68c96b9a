# Every target makes its own .venv and installs what it needs, once: on a new machine `make demo` or `make test` is enough.
# With another interpreter: make test PYTHON=python3.13

PYTHON ?= python3
VENV ?= .venv
# Where the benchmarks' rivals are installed: TensorFlow comes into no other environment.
RIVALS ?= .venv-rivals
BIN := $(VENV)/bin
# Twice quiet: errors only.
PIP_FLAGS := -qq --disable-pip-version-check
PYTEST := $(BIN)/python -m pytest

.DEFAULT_GOAL := help
.NOTPARALLEL:  # one installation at a time
.PHONY: help demo test check fmt fmt-check lint types bench differential examples conformance build clean

help:  ## what there is to make
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# To look at what the demo writes takes TensorBoard's own server.
EXTRAS_demo := demo,tensorboard
EXTRAS_test := test
EXTRAS_dev := dev

# A stamp says that these extras are installed in .venv; a changed pyproject.toml makes it stale. An environment that was
# made by hand is used as it is.
$(VENV)/.installed-%: pyproject.toml
	@.ci/venv "$(PYTHON)" "$(VENV)"
	@echo "Installing tfqueue[$(EXTRAS_$*)] into $(VENV)"
	@$(BIN)/python -m pip install $(PIP_FLAGS) --editable ".[$(EXTRAS_$*)]"
	@touch $@

demo: $(VENV)/.installed-demo  ## a real pipeline at work, in the terminal, TensorBoard and Prometheus (ARGS="--seconds 20 ...")
	$(BIN)/tfqueue demo $(ARGS)

test: $(VENV)/.installed-test prometheus  ## all tests, the examples included (ARGS="-k queue -x")
	$(PYTEST) $(ARGS)

check: fmt-check lint types test  ## all that must hold before a change is done

fmt: $(VENV)/.installed-dev  ## puts the sources in order
	$(BIN)/ruff check --quiet --select I --fix .
	$(BIN)/ruff format .

fmt-check: $(VENV)/.installed-dev
	$(BIN)/ruff format --check .

lint: $(VENV)/.installed-dev  ## ruff's rules
	$(BIN)/ruff check .

types: $(VENV)/.installed-dev  ## mypy, strictly
	$(BIN)/mypy

examples: $(VENV)/.installed-test  ## the examples, against what their READMEs show
	$(PYTEST) tests/examples

conformance: $(VENV)/.installed-test  ## docs/conformance.md, the table of TensorFlow's promises and their tests
	$(BIN)/python -m tests.conformance.table

bench: $(VENV)/.installed-test $(RIVALS)/.installed  ## tfqueue beside queue.Queue and TensorFlow (RIVALS=an environment that has it)
	$(BIN)/python -m tests.benchmarks --rivals $(RIVALS)/bin/python $(ARGS)

differential: $(VENV)/.installed-test $(RIVALS)/.installed  ## random queue programs on tfqueue and on TensorFlow (ARGS="--programs 2000")
	$(BIN)/python -m tests.differential --rivals $(RIVALS)/bin/python $(ARGS)

build: $(VENV)/.installed-test  ## sdist and wheel, in dist/
	$(BIN)/python -m build --outdir dist .

$(RIVALS)/.installed:
	@.ci/venv "$(PYTHON)" "$(RIVALS)"
	@echo "Installing TensorFlow into $(RIVALS)"
	@$(RIVALS)/bin/python -m pip install $(PIP_FLAGS) "tensorflow-cpu>=2.21"
	@touch $@

clean:  ## what builds, tests and tools left behind; .venv stays
	rm -rf build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -path './.venv*' -prune -o -name __pycache__ -prune -exec rm -rf {} +

# The tests start a real Prometheus on loopback: Debian's package, no service of it.
.PHONY: prometheus
prometheus:
	@command -v prometheus >/dev/null || .ci/debian-packages prometheus
