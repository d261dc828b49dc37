# `make` prints the verbs. Everything installs itself into .venv at first use.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help build $(shell sed -nE 's/^([a-z-]+):.*## .*/\1/p' $(firstword $(MAKEFILE_LIST)))

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
export TF_CPP_MIN_LOG_LEVEL ?= 2
# Without the bytecode that the first import writes, each of some 200 later ones compiles
# TensorFlow's Python anew, and takes 10 s instead of 3.
unexport PYTHONDONTWRITEBYTECODE

CPP_FILES = $(shell find csrc examples tests -name '*.h' -o -name '*.cc' -o -name '*.cu' -o -name '*.c')
PY_FILES = csrc python tests examples release docs setup.py

# $(call quietly,label,command) prints one line that shows the command's latest output on a
# terminal, and only the label elsewhere. If the command fails, it prints all of its output.
define quietly
echo "$(1)"; log=$$(mktemp); \
if [ -t 1 ]; then show() { awk '{ printf "\r\033[K  %.76s", $$0; fflush() } END { printf "\r\033[K" }'; }; \
else show() { cat > /dev/null; }; fi; \
{ ( $(2) ) 2>&1 | tee "$$log" | show; } || { cat "$$log"; rm "$$log"; exit 1; }; rm "$$log"
endef

# $(call package_in,folder,options) makes the package in a folder of its own, with libraries that
# are built with these CMake options and without TensorFlow. It is for a PYTHONPATH of
# folder/python.
define package_in
mkdir -p $(1)/python/upsample_op && ln -sfn $(CURDIR)/python/upsample_op/* $(1)/python/upsample_op/ \
&& rm -f $(1)/python/upsample_op/*.so $(1)/python/upsample_op/build_info.json \
&& cmake -S . -B $(1) -G Ninja -DUPSAMPLE_PYTHONS="$$(command -v python3)" \
  -Dpybind11_DIR="$$(python3 -m pybind11 --cmakedir)" \
  -DUPSAMPLE_OUTPUT_DIR=$(CURDIR)/$(1)/python/upsample_op $(2) \
&& ninja -C $(1)
endef

# If TensorFlow finds AVX-512, it prints two lines that none of its settings turns off.
WITHOUT_GREETING = 2> >(grep -vE 'before absl::InitializeLog|oneDNN custom operations' >&2)

help:
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' \
	  | awk -F'\t' '{ printf "make %-17s %s\n", $$1, $$2 }'

# This installs the bytes that requirements/ names, and nothing else. Any pip that can do this is
# good enough; the one of requirements/ comes with the rest.
INSTALL = $(BIN)/python -m pip install --require-hashes --no-deps --no-compile

$(VENV)/.tools: requirements/dev.txt requirements/legacy-keras.txt
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
	  $(INSTALL) -r requirements/dev.txt -r requirements/legacy-keras.txt)
	@touch $@

# This sets up the import path and the metadata once. The libraries themselves are built at each
# `build`.
$(VENV)/.installed: $(VENV)/.tools setup.py
	@$(BIN)/python setup.py -q build_ext --inplace
	@$(BIN)/python -m pip install -q --no-build-isolation --no-deps --editable .
	@touch $@

build: $(VENV)/.installed ## set up .venv, and compile what changed into python/upsample_op
	@$(BIN)/python setup.py -q build_ext --inplace

demo: build ## upsample an elevation map and train an autoencoder, beside the stock layer
	@$(BIN)/python examples/relief.py $(WITHOUT_GREETING)
	@$(BIN)/python examples/autoencoder.py $(WITHOUT_GREETING)

# OPTIONS holds more options; `python examples/train_unet.py --help` lists all. A run that was
# stopped continues where it was; `rm -r demo/unet` makes it start anew.
OPTIONS ?=
train: build ## train a U-Net, beside a stock one; pictures in demo/unet (OPTIONS=--fold)
	@$(BIN)/python examples/train_unet.py --compare $(OPTIONS) $(WITHOUT_GREETING)

train-distributed: build ## train it with two processes, kill one, and compare with one device
	@rm -rf demo/distributed
	@$(BIN)/python examples/train_distributed.py $(WITHOUT_GREETING)

pictures: build ## draw the pictures of docs/interpolation.md
	@$(BIN)/python docs/pictures/draw.py $(WITHOUT_GREETING)

test: build ## run every test that can run on this machine
	@$(BIN)/python -m pytest -n auto

test-kernels: build ## run the kernels' tests, which need no TensorFlow
	@$(BIN)/python -m pytest tests/kernels

# The list has a name, because a comma would end an argument of `call`.
MEMORY_SANITIZERS := address,undefined
test-sanitize: $(VENV)/.tools ## run the kernels' tests, CUDA bodies included, under ASan and UBSan
	@$(call quietly,compiling with sanitizers,$(call package_in,build/sanitize,\
	  -DUPSAMPLE_SANITIZE=$(MEMORY_SANITIZERS) -DUPSAMPLE_EMULATOR=ON -DCMAKE_CUDA_COMPILER=NOTFOUND \
	  -DUPSAMPLE_KERNEL_OPTIMIZATION=-O1 -DCMAKE_CXX_FLAGS_RELEASE=-O1 -DUPSAMPLE_FUZZ=replay) && ninja -C build/sanitize fuzz)
	@for target in cpu gpu_bodies validate; do \
	  build/sanitize/fuzz_$$target tests/fuzz/seeds/$$target/* 2> build/sanitize/replay.log \
	  || { tail -n 40 build/sanitize/replay.log; exit 1; }; done
	@LD_PRELOAD="$$($${CXX:-c++} -print-file-name=libasan.so) $$($${CXX:-c++} -print-file-name=libubsan.so)" \
	  ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1 UBSAN_OPTIONS=print_stacktrace=1 \
	  PYTHONPATH=build/sanitize/python python3 -m pytest tests/kernels -n auto

# Addresses are not randomised, because GCC 12's ThreadSanitizer copes with a limited range only.
# The version of TensorFlow does not matter here.
test-races: $(VENV)/.tools ## run the pool and the XLA handler on the CPU under ThreadSanitizer
	@$(call quietly,compiling with ThreadSanitizer,cmake -S . -B build/races -G Ninja \
	  -DUPSAMPLE_PYTHONS="$$(command -v python3)" -Dpybind11_DIR="$$(python3 -m pybind11 --cmakedir)" \
	  -DUPSAMPLE_TENSORFLOWS="0.0=$$(python3 -c 'import importlib.util as util, os; \
	    print(os.path.dirname(util.find_spec("tensorflow").origin))')" -DUPSAMPLE_SANITIZE=thread \
	  -DUPSAMPLE_RACES=ON -DUPSAMPLE_KERNEL_OPTIMIZATION=-O1 \
	  -DCMAKE_CUDA_COMPILER=NOTFOUND && ninja -C build/races pool_races handler_races)
	@for driver in pool_races handler_races; do \
	  TSAN_OPTIONS=halt_on_error=1 setarch -R build/races/$$driver; done

# MEMCHECK=numpy leaves out TensorFlow, which takes minutes.
MEMCHECK ?=
test-memcheck: build ## run the kernels and the ops inside TensorFlow under valgrind's memcheck
	@command -v valgrind > /dev/null || { echo "no valgrind: apt-get install valgrind"; exit 1; }
	@$(BIN)/python tests/memcheck.py $(MEMCHECK)

test-gpu-glue: build ## run the GPU ops inside TensorFlow, on a pretend GPU
	@$(MAKE) --no-print-directory -f tests/gpu_glue/Makefile

# ONLY is a part of the names of the faults to plant (tests/mutate has them), or a folder such as
# cpu, or several of these with commas.
ONLY ?=
mutate: $(VENV)/.tools ## plant faults and see whether the tests do (ONLY=name, RECORD=1: record)
	@PYTHONPATH=tests nice $(BIN)/python -m mutate $(if $(ONLY),--only $(ONLY)) \
	  $(if $(RECORD),--record) $(WITHOUT_GREETING)

# SEED repeats a run's shapes, values and choices. STAGES holds some of the stages of
# tests/soak/worker.py.
MINUTES ?= 5
SEED ?= 0
STAGES ?=
SOAK = make soak MINUTES=$(MINUTES) SEED=$(SEED)
soak: build ## threads, forks, want of memory, ends of processes, for MINUTES=5 (RECORD=1: record)
	@PYTHONPATH="tests:$${PYTHONPATH:-}" $(BIN)/python -m soak --minutes $(MINUTES) --seed $(SEED) \
	  $(if $(STAGES),--stages $(STAGES)) $(if $(RECORD),--record "$(SOAK)")

# ZOO holds more options: --no-times only compares, and --limit 600 gives a model that many seconds.
ZOO ?=
zoo: build ## convert models of public packages and compare them (ONLY=name; RECORD=1: record)
	@PYTHONPATH=tests nice $(BIN)/python -m zoo $(if $(ONLY),--only "$(ONLY)") \
	  $(if $(RECORD),--record) $(ZOO)

# This is for a bare GPU machine. It takes the machine's Python, tools and libraries as they are,
# and needs no TensorFlow.
GPU_CHECK_DEVICE ?= gpu
ifeq ($(GPU_CHECK_DEVICE),emulator)
GPU_CHECK_ARCHITECTURES := 90
GPU_CHECK_RESULTS := build/gpu-check/results
else
GPU_CHECK_ARCHITECTURES := native
GPU_CHECK_RESULTS := benchmarks/results
endif
# The folder of a TensorFlow, with headers, that this Python imports. If it is set, the ops under
# XLA are checked too.
GPU_CHECK_TENSORFLOW ?=
ifneq ($(GPU_CHECK_TENSORFLOW),)
GPU_CHECK_TENSORFLOW_OPTIONS = -DUPSAMPLE_TENSORFLOWS=$$(python3 -c \
  'import tensorflow; print(tensorflow.__version__)')=$(GPU_CHECK_TENSORFLOW)
endif
gpu-check: ## on a GPU: test, sanitize and time the kernels (try out: GPU_CHECK_DEVICE=emulator)
	@$(call quietly,compiling for the GPU,$(call package_in,build/gpu-check,\
	  -DCMAKE_CUDA_ARCHITECTURES=$(GPU_CHECK_ARCHITECTURES) -DUPSAMPLE_EMULATOR=ON \
	  $(GPU_CHECK_TENSORFLOW_OPTIONS)))
	@UPSAMPLE_GPU_DEVICE=$(GPU_CHECK_DEVICE) PYTHONPATH="build/gpu-check/python:$${PYTHONPATH:-}" \
	  tests/gpu/check.sh $(GPU_CHECK_RESULTS)

# Each target runs for so many seconds, two at a time. A fresh clone compiles for some minutes
# first.
SECONDS ?= 60
FUZZ_CXX ?= clang++
fuzz: build ## fuzz kernels, CUDA bodies and TensorFlow programs (SECONDS=60; RECORD=1: record)
	@command -v $(FUZZ_CXX) > /dev/null \
	  || { echo "no $(FUZZ_CXX): apt-get install clang llvm libclang-rt-14-dev"; exit 1; }
	@$(call quietly,compiling for libFuzzer,cmake -S . -B build/fuzz/build -G Ninja \
	  -DUPSAMPLE_PYTHONS="$$(command -v python3)" -Dpybind11_DIR="$$(python3 -m pybind11 --cmakedir)" \
	  -DUPSAMPLE_FUZZ=libfuzzer -DUPSAMPLE_SANITIZE=$(MEMORY_SANITIZERS) \
	  -DUPSAMPLE_KERNEL_OPTIMIZATION=-O1 -DCMAKE_CXX_COMPILER=$(FUZZ_CXX) \
	  -DCMAKE_CUDA_COMPILER=NOTFOUND && ninja -C build/fuzz/build fuzz)
	@$(BIN)/python tests/fuzz/run.py --seconds $(SECONDS) $(if $(RECORD),--record)

# quick takes half a minute, and full some 20 minutes. BENCH holds more options, which
# docs/benchmark.md lists.
SUITE ?= quick
BENCH ?=
bench: build ## time the kernels, the op and the layer beside their peers (SUITE=full, BENCH=...)
	@$(BIN)/python -m upsample_op.benchmark --suite $(SUITE) $(BENCH) $(WITHOUT_GREETING)

peers: $(VENV)/.tools ## install what the benchmark compares with beside TensorFlow
	@$(call quietly,installing PyTorch and the other peers into $(VENV) (once),\
	  $(BIN)/python -m pip install --group dev --group peers)

scale: build ## time the kernels from 1 KiB to 4 GiB and on 1 and 2 threads; pictures in build/
	@$(BIN)/python -m upsample_op.benchmark --suite scale --plot build/kernels $(WITHOUT_GREETING)

instructions: build ## count the kernels' instructions, beside the recorded ones (RECORD=1: record)
	@$(call quietly,compiling what valgrind runs,cmake -S . -B build/instructions -G Ninja \
	  -DUPSAMPLE_PYTHONS="$$(command -v python3)" -Dpybind11_DIR="$$(python3 -m pybind11 --cmakedir)" \
	  -DUPSAMPLE_INSTRUCTIONS=ON -DCMAKE_CUDA_COMPILER=NOTFOUND && ninja -C build/instructions instructions)
	@PYTHONPATH=tests $(BIN)/python -m instructions $(if $(RECORD),--record)

registers: build ## print what nvcc made of each CUDA kernel (RECORD=1: record)
	@$(BIN)/python tests/machine_code.py $(if $(RECORD),--record)

wheel: $(VENV)/.tools ## build the wheel for all TensorFlows and Pythons (release/versions.py) into dist/
	@$(BIN)/python release/build_wheel.py

# TENSORFLOWS holds some of the versions of release/versions.py, if not all are to be tried.
TENSORFLOWS ?=
wheel-test: $(VENV)/.tools ## try the wheel and the sdist of dist/ in clean environments
	@$(BIN)/python release/try_wheel.py $(TENSORFLOWS)

wheel-rebuild: $(VENV)/.tools ## build the commit's wheel again elsewhere, and compare the bytes
	@$(BIN)/python release/rebuild_wheel.py

nvcc: $(VENV)/.tools ## install nvcc from PyPI into .venv, for a machine without CUDA
	@$(call quietly,installing nvcc into $(VENV),$(INSTALL) -r requirements/cuda.txt)

lock: $(VENV)/.tools ## write requirements/ anew from pyproject.toml (LOCK=--upgrade: newest of all)
	@$(BIN)/python release/lock.py $(LOCK)

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
