"""The commands that suspend partners and serve them again."""

from collections.abc import Callable
from pathlib import Path

import typer
from sqlalchemy import Engine

from sda.cli import ConfigOption
from sda.configuration import find_config
from sda.console import say
from sda.settings import load_settings
from sharing.credentials import resume, suspend
from sharing.errors import RegistryError
from sharing.registry import load_registry
from sharing.schema import open_sharing

__all__ = ["partner_app"]

partner_app = typer.Typer(help="Suspend and resume partners at once.", no_args_is_help=True)


@partner_app.command("suspend")
def partner_suspend(partner: str, config: ConfigOption = None) -> None:
    """Stop serving a partner from its next request on.

    Example: tearline partner suspend fra
    """
    _set(partner, config, suspend)
    say(f"{partner} is suspended")


@partner_app.command("resume")
def partner_resume(partner: str, config: ConfigOption = None) -> None:
    """Serve a suspended partner again.

    Example: tearline partner resume fra
    """
    _set(partner, config, resume)
    say(f"{partner} is served again")


def _set(partner: str, config: Path | None, standing: Callable[[Engine, str], None]) -> None:
    settings = load_settings()
    partners = load_registry(find_config(config or settings.config)).partners
    if partner not in partners:
        raise RegistryError(f"no partner {partner!r}: choose of {', '.join(partners)}")
    standing(open_sharing(settings.database_url), partner)
