"""Weigh close approaches."""

from sda.risk.probability import max_probability

__all__ = ["max_probability"]
