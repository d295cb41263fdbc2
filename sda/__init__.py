"""Detect close approaches in public orbital element sets."""

__version__ = "0.1.0"
