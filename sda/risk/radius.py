"""Take an object's size for the radius of a sphere that holds it."""

from math import pi, sqrt

__all__ = ["radius_of_area_m"]


def radius_of_area_m(area_m2: float) -> float:
    """Return the radius of the disc of an area, for a cross-section that is known, or an RCS.

    A radar cross-section is taken for the geometric one, as for a sphere large beside the
    wavelength; it may mislead for anything else.
    """
    return sqrt(area_m2 / pi)
