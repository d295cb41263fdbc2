"""Security markings: read, written and rolled up. Pure."""

from sharing.markings.marking import US, Classification, Marking
from sharing.markings.register import Register

__all__ = ["US", "Classification", "Marking", "Register"]
