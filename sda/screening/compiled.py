"""Compile inner loops with numba: without the interpreter's lock, and kept on disk.

Division by zero gives an infinity, as in numpy: a check for it would keep a loop from the
processor's vectors.
"""

from typing import Final

from numba import njit

__all__ = ["compiled", "compiled_sums"]

_FREEDOMS: Final = {"contract", "reassoc", "arcp", "nsz", "afn"}
"""What may be done to sums and products of floats; NaN stays NaN."""

compiled = njit(cache=True, nogil=True, error_model="numpy")
compiled_sums = njit(cache=True, nogil=True, error_model="numpy", fastmath=_FREEDOMS)
"""For loops whose floats may be added in any order."""
