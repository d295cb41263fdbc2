"""Measure many vectors at once."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["lengths"]


def lengths(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the lengths `(...)` of vectors `(..., 3)`, several times faster than numpy.linalg."""
    squares: NDArray[np.float64] = np.einsum("...i,...i->...", vectors, vectors)
    return np.sqrt(squares)
