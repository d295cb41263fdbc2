"""Examples of answers, for the description of the interface: all invented, all of an exercise.

A test holds each against what the server answers: the same names and types all the way down. In
formats other than JSON they are written by what writes the answers.
"""

from typing import Final

from sharing.api.examples.formats import other_formats
from sharing.api.examples.offices import OF_OFFICES
from sharing.api.examples.partners import OF_PARTNERS
from sharing.api.examples.refusals import PROBLEMS

__all__ = ["ANSWERS", "PROBLEMS", "other_formats"]

ANSWERS: Final = {**OF_PARTNERS, **OF_OFFICES}
"""One typical answer in JSON of each route, by method and path."""
