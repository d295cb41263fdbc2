"""The partners' HTTP interface: one feed each, read only, denied unless proven otherwise."""

from sharing.api.app import OPEN_PATHS, create_app
from sharing.api.audit import LOGGING, log_to
from sharing.api.service import Policies

__all__ = ["LOGGING", "OPEN_PATHS", "Policies", "create_app", "log_to"]
