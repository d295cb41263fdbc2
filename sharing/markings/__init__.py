"""Security markings: read, written, checked, rolled up and bound to what they mark. Pure."""

from sharing.markings.attributes import excluded, from_attributes, to_attributes
from sharing.markings.controls import DISCLOSURE, DISSEMINATION, NON_IC
from sharing.markings.label4774 import bind_label, binding_fault
from sharing.markings.marking import CONCEALED, US, Classification, Marking
from sharing.markings.parsing import parse
from sharing.markings.profiles import Profile, Step
from sharing.markings.register import Register
from sharing.markings.rendering import portion_of
from sharing.markings.rollup import RolledUp, explain_roll_up, roll_up
from sharing.markings.rules import (
    UNWRITABLE,
    Violation,
    of_portion,
    of_register,
    of_whole,
    require_legal,
    violations,
)
from sharing.markings.tlp import Tlp, parse_tlp, roll_up_tlp

__all__ = [
    "CONCEALED",
    "DISCLOSURE",
    "DISSEMINATION",
    "NON_IC",
    "UNWRITABLE",
    "US",
    "Classification",
    "Marking",
    "Profile",
    "Register",
    "RolledUp",
    "Step",
    "Tlp",
    "Violation",
    "bind_label",
    "binding_fault",
    "excluded",
    "explain_roll_up",
    "from_attributes",
    "of_portion",
    "of_register",
    "of_whole",
    "parse",
    "parse_tlp",
    "portion_of",
    "require_legal",
    "roll_up",
    "roll_up_tlp",
    "to_attributes",
    "violations",
]
