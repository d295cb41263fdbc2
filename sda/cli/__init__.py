"""The commands of detection; `sharing.cli` mounts them beside its own."""

from sda.cli.commands import ConfigOption, TextFormat, add_commands

__all__ = ["ConfigOption", "TextFormat", "add_commands"]
