"""Security markings: read, written and rolled up. Pure."""

from sharing.markings.grammar import parse
from sharing.markings.marking import US, Classification, Marking
from sharing.markings.register import Register
from sharing.markings.rollup import roll_up

__all__ = ["US", "Classification", "Marking", "Register", "parse", "roll_up"]
