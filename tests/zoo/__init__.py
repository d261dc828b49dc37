"""`make zoo`: converts models of public packages, and compares them with the originals.

Each model runs in a process of its own (worker.py). The main program (__main__.py) starts it with
the Python of the package's virtual environment under build/zoo/ (environment.py).
"""
