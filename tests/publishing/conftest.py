"""Fixtures of publishing."""

from desks import desk, fresh

__all__ = ["desk", "fresh"]
