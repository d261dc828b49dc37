"""Runs stages: `python -m soak.worker '{"numpy_threads": {"seed": 0, "seconds": 5}}'`.

The stages that need TensorFlow share a process, because loading it takes longer than a short stage.
Each prints "begin" when its preparations are over, and then a line of JSON with its figures.
"""

import importlib
import json
import sys

# The module of each stage. Nothing is imported that a stage doesn't need.
MODULES = {
    "numpy_threads": "numpy_stages",
    "eager": "tensorflow_stages",
    "function": "tensorflow_stages",
    "data": "tensorflow_stages",
    "jit": "tensorflow_stages",
    "many_calls": "numpy_stages",
    "allocations": "want_of_memory",
    "address_space": "want_of_memory",
    "ends": "ends",
}

if __name__ == "__main__":
    for name, arguments in json.loads(sys.argv[1]).items():
        stage = getattr(importlib.import_module(f"soak.{MODULES[name]}"), name)
        print(json.dumps(stage(**arguments)), flush=True)
