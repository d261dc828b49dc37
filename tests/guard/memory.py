"""Memory between two pages that may not be touched."""

import ctypes
import mmap

import numpy as np

_libc = ctypes.CDLL(None, use_errno=True)
_libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
_PROT_NONE = 0


class GuardedMemory:
    """Whole pages. Arrays are taken from either end of them."""

    def __init__(self, n_bytes):
        pages = -(-n_bytes // mmap.PAGESIZE)
        self._mapping = mmap.mmap(-1, (pages + 2) * mmap.PAGESIZE)
        memory = np.frombuffer(self._mapping, np.uint8)
        for begin in (0, (pages + 1) * mmap.PAGESIZE):
            if _libc.mprotect(memory.ctypes.data + begin, mmap.PAGESIZE, _PROT_NONE) != 0:
                raise OSError(ctypes.get_errno(), "mprotect")
        self._usable = memory[mmap.PAGESIZE : (pages + 1) * mmap.PAGESIZE]

    def array(self, shape, dtype, at_end):
        """Returns an array whose last element, or whose first one, is next to a forbidden page."""
        n_bytes = int(np.prod(shape)) * np.dtype(dtype).itemsize
        place = slice(self._usable.size - n_bytes, None) if at_end else slice(n_bytes)
        return self._usable[place].view(dtype).reshape(shape)
