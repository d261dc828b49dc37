"""`make zoo`: models of public packages, converted, and compared with what they were.

Each runs in a process of its own (worker.py), which the programme (__main__.py) starts with the
Python of the package's virtual environment under build/zoo/ (environment.py).
"""
