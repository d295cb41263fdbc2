"""Find single sets that jump out of their track, which goes on as if they were not there.

Fits to observations of two objects, or to too few of one. What such a jump would take, there and
back, stands far apart from what satellites do: in 15 days of all active satellites and nine
catalogues the smallest is 0.1 km/s, and nothing else that returns exceeds 0.03.
"""

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from sda.rpo.history.changes import MeanElements, delta_v

__all__ = ["ExcursionsConfig", "excursions"]


class ExcursionsConfig(BaseModel):
    """When a set is an excursion."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    min_km_s: float = Field(gt=0)
    max_left: float = Field(gt=0, lt=1)
    max_days: float = Field(gt=0)


def excursions(of: MeanElements, config: ExcursionsConfig) -> NDArray[np.bool_]:
    """Return which sets `(n,)`, by number and epoch, lead out of their track and back at once.

    The track must go on from there: where the next set jumps again, a real change may have been
    fitted early, and nobody can tell which of the sets is false.
    """
    numbers = of.norad_id
    found = np.zeros(len(numbers), np.bool_)
    before = np.flatnonzero(numbers[2:] == numbers[:-2])
    # Few sets move at all; the rest need not be compared across.
    out = delta_v(of, before, before + 1).total_km_s
    before, out = before[out > config.min_km_s], out[out > config.min_km_s]
    back = delta_v(of, before + 1, before + 2).total_km_s
    across = delta_v(of, before, before + 2)
    left = config.max_left * np.minimum(out, back)
    after = np.minimum(before + 3, len(numbers) - 1)
    goes_on = delta_v(of, before + 2, after).total_km_s < left
    goes_on |= (numbers[after] != numbers[before]) | (after != before + 3)
    jumps = (back > config.min_km_s) & (across.total_km_s < left) & goes_on
    found[before[jumps & (across.days < config.max_days)] + 1] = True
    # Of two in a row the second is the way back from the first.
    found[1:] &= ~found[:-1]
    return found
