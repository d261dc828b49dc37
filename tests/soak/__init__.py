"""`make soak`: the package under threads, forks, missing memory, interrupts, ends of processes.

Each stage runs in a process of its own (worker.py). The main program (__main__.py) watches that
process from outside: its memory, its exit code, and whether it hangs.
"""
