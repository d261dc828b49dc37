"""`make soak`: the package under threads, forks, want of memory, interrupts and ends of processes.

Each stage runs in a process of its own (worker.py), which the programme (__main__.py) watches from
outside: its memory, its exit code, and whether it hangs.
"""
