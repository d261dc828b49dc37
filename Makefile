# `make` prints the verbs. Everything installs itself into .venv at first use.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help build demo test test-kernels bench wheel format lint check clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
export TF_CPP_MIN_LOG_LEVEL ?= 2

CPP_FILES = $(shell find csrc -name '*.h' -o -name '*.cc')
PY_FILES = python tests examples setup.py

# $(call quietly,label,command): one line that shows the command's latest output on a terminal, or
# nothing but the label elsewhere; all of its output if it fails.
define quietly
echo "$(1)"; log=$$(mktemp); \
if [ -t 1 ]; then show() { awk '{ printf "\r\033[K  %.76s", $$0; fflush() } END { printf "\r\033[K" }'; }; \
else show() { cat > /dev/null; }; fi; \
{ ( $(2) ) 2>&1 | tee "$$log" | show; } || { cat "$$log"; rm "$$log"; exit 1; }; rm "$$log"
endef

# Where it finds AVX-512, TensorFlow greets with two lines that no setting of its own turns off.
WITHOUT_GREETING = 2> >(grep -vE 'before absl::InitializeLog|oneDNN custom operations' >&2)

help:
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' \
	  | awk -F'\t' '{ printf "make %-14s %s\n", $$1, $$2 }'

$(VENV)/.tools: pyproject.toml
	@command -v $(PYTHON) > /dev/null \
	  || { echo "no $(PYTHON): apt-get install python3 python3-venv python3-dev"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))' \
	  || { echo "$(PYTHON) is $$($(PYTHON) -V); TensorFlow needs 3.10 to 3.13: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2> /dev/null \
	  || { echo "$(PYTHON) lacks the venv module: apt-get install python3-venv"; exit 1; }
	@$(PYTHON) -c 'import os, sysconfig; open(os.path.join(sysconfig.get_path("include"), "Python.h"))' 2> /dev/null \
	  || { echo "$(PYTHON) lacks its headers (Python.h): apt-get install python3-dev"; exit 1; }
	@command -v $${CXX:-c++} > /dev/null \
	  || { echo "no C++ compiler ($${CXX:-c++}): apt-get install g++"; exit 1; }
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv $(VENV)
	@$(call quietly,installing Python packages into $(VENV) (once; some 400 MB to fetch),\
	  $(BIN)/python -m pip install 'pip>=25.1' && $(BIN)/python -m pip install --group dev \
	  && $(BIN)/python -m pip install --no-deps --group legacy-keras)
	@touch $@

# The import path and the metadata, once; the libraries themselves are built at each `build`.
$(VENV)/.installed: $(VENV)/.tools setup.py
	@$(BIN)/python setup.py -q build_ext --inplace
	@$(BIN)/python -m pip install -q --no-build-isolation --no-deps --editable .
	@touch $@

build: $(VENV)/.installed
	@$(BIN)/python setup.py -q build_ext --inplace

demo: build ## upsample a photo and train an autoencoder, beside the stock layer
	@$(BIN)/python examples/photo.py $(WITHOUT_GREETING)
	@$(BIN)/python examples/autoencoder.py $(WITHOUT_GREETING)

test: build ## run every test that can run on this machine
	@$(BIN)/python -m pytest -n auto

test-kernels: build ## run the kernels' tests, which need no TensorFlow
	@$(BIN)/python -m pytest tests/kernels

bench: build ## time the kernels, the op and the layer beside stock TensorFlow
	@$(BIN)/python -m upsample_op.benchmark $(WITHOUT_GREETING)

wheel: build ## build a wheel for the TensorFlow of .venv into dist/
	@$(call quietly,building dist/*.whl,\
	  $(BIN)/python -m pip wheel --no-build-isolation --no-deps --wheel-dir dist .)
	@ls -1 dist/*.whl

format: $(VENV)/.tools ## format C++ and Python
	@$(BIN)/clang-format -i $(CPP_FILES)
	@$(BIN)/ruff format -q $(PY_FILES)
	@$(BIN)/ruff check -q --fix $(PY_FILES)

lint: $(VENV)/.tools ## check format and style
	@$(BIN)/clang-format --dry-run --Werror $(CPP_FILES)
	@$(BIN)/ruff format -q --check $(PY_FILES)
	@$(BIN)/ruff check -q $(PY_FILES)

check: lint test ## lint and test

clean: ## remove what was built and installed
	@rm -rf $(VENV) build demo dist python/*.egg-info python/upsample_op/*.so \
	  python/upsample_op/build_info.json
	@find . -name __pycache__ -prune -exec rm -rf {} +
