"""Fixtures of delivery."""

from places import any_place, desk, place, quick, receiver

__all__ = ["any_place", "desk", "place", "quick", "receiver"]
