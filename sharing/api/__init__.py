"""The partners' HTTP interface: one feed each, read only, denied unless proven otherwise."""

from sharing.api.app import OPEN_PATHS, create_app

__all__ = ["OPEN_PATHS", "create_app"]
