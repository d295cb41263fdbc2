"""The commands of keys: who may ask, for what, and until when."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import orjson
import typer
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509 import load_der_x509_certificate, load_pem_x509_certificate

from sda.cli import ConfigOption, TextFormat
from sda.configuration import find_config
from sda.console import positive, say
from sda.settings import load_settings
from sda.times import format_utc
from sharing.credentials import (
    Holder,
    bind_certificate,
    issue_key,
    list_keys,
    revoke_key,
    rotate_key,
)
from sharing.errors import CredentialError, RegistryError
from sharing.registry import load_registry
from sharing.roles import Role
from sharing.schema import open_sharing
from sharing.secret import server_secret

__all__ = ["key_app"]

key_app = typer.Typer(
    help="Issue, rotate, revoke and list keys of partners and offices.", no_args_is_help=True
)


def _hours(value: float) -> float:
    """Refuse an overlap that is negative, or longer than a year, as wrong usage."""
    if not 0 <= value <= 8760:
        raise typer.BadParameter(f"{value} is not between 0 and 8760 hours")
    return value


KeyArgument = Annotated[str, typer.Argument(help="Identifier of the key.")]


@key_app.command("issue")
def issue(
    partner: Annotated[str, typer.Option("--partner", help="Partner in config/partners.")] = "",
    office: Annotated[
        str, typer.Option("--office", help="Office in config/offices, for the other roles.")
    ] = "",
    role: Annotated[Role, typer.Option(help="Bounds what the key may do.")] = Role.PARTNER,
    scope: Annotated[
        list[str] | None,
        typer.Option(
            help="What it may do, for example feed:read; repeat. Default all of the role."
        ),
    ] = None,
    days: Annotated[float, typer.Option(callback=positive, help="Days until it expires.")] = 90.0,
    certificate: Annotated[
        Path | None,
        typer.Option(help="Client certificate (PEM or DER) to stand in the place of a key."),
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Print a new key, alone on stdout; it is shown this once.

    With --certificate no key is made: the proxy in front checks the certificate, and the
    identifier of what is now bound to it is printed.

    Example: tearline key issue --partner aus
    """
    if bool(partner) == bool(office):
        raise typer.BadParameter("give --partner, or --office with its --role")
    settings = load_settings()
    registry = load_registry(find_config(config or settings.config))
    if partner:
        _require("partner", partner, registry.partners)
    else:
        _require("office", office, registry.offices)
    engine, now = open_sharing(settings.database_url), datetime.now(UTC)
    holder = Holder(partner, office, role, tuple(scope or ()))
    if certificate is not None:
        fingerprint, ends = _read_certificate(certificate)
        typer.echo(bind_certificate(engine, holder, fingerprint, now, days, ends))
        say(f"{certificate} stands for {partner or office}, for {days:g} days at most")
        return
    typer.echo(issue_key(engine, holder, server_secret(settings), now, days))
    say(f"key of {partner or office}, good for {days:g} days; it is not shown again")


@key_app.command("rotate")
def rotate(
    key_id: KeyArgument,
    overlap_hours: Annotated[
        float, typer.Option(callback=_hours, help="Hours for which the old key works on.")
    ] = 24.0,
) -> None:
    """Print a key in the place of another, alone on stdout: same scopes, same length of life.

    Example: tearline key rotate 3f2a9c01d4e5b6a7 --overlap-hours 48
    """
    settings = load_settings()
    engine, now = open_sharing(settings.database_url), datetime.now(UTC)
    overlap = timedelta(hours=overlap_hours)
    typer.echo(rotate_key(engine, key_id, server_secret(settings), now, overlap))
    say(f"key {key_id} works for {overlap_hours:g} h at most; the new one is not shown again")


@key_app.command("revoke")
def revoke(key_id: KeyArgument) -> None:
    """Withdraw a key for good.

    Example: tearline key revoke 3f2a9c01d4e5b6a7
    """
    revoke_key(open_sharing(load_settings().database_url), key_id, datetime.now(UTC))
    say(f"key {key_id} is revoked")


@key_app.command("list")
def list_all(
    partner: Annotated[str | None, typer.Option("--partner", help="Of this partner only.")] = None,
    format: Annotated[TextFormat, typer.Option(help="Format.")] = TextFormat.TEXT,
) -> None:
    """List keys, without the keys themselves.

    Example: tearline key list
    """
    found = list_keys(open_sharing(load_settings().database_url), partner)
    if format is TextFormat.JSON:
        rows = [key.document() for key in found]
        typer.echo(orjson.dumps(rows, option=orjson.OPT_INDENT_2).decode())
        return
    now = datetime.now(UTC)
    for key in found:
        state = "valid" if now < key.expires else "expired"
        state = f"revoked {format_utc(key.revoked)}" if key.revoked else state
        used = format_utc(key.last_used) if key.last_used else "never"
        kind = " by certificate" if key.by_certificate else ""
        typer.echo(
            f"{key.key_id} {key.partner or key.office} {key.role} {','.join(sorted(key.scopes))} "
            f"{state}{kind}, expires {format_utc(key.expires)}, used {used}"
        )


def _read_certificate(path: Path) -> tuple[bytes, datetime]:
    """Return SHA-256 and end of a certificate. Raises CredentialError when it is none."""
    try:
        data = path.read_bytes()
        pem = data.lstrip().startswith(b"-----BEGIN")
        read = load_pem_x509_certificate(data) if pem else load_der_x509_certificate(data)
    except (OSError, ValueError) as error:
        told = error.strerror if isinstance(error, OSError) else "it is neither PEM nor DER"
        raise CredentialError(f"cannot read the certificate {path}: {told}") from None
    return read.fingerprint(SHA256()), read.not_valid_after_utc


def _require(kind: str, name: str, known: Iterable[str]) -> None:
    if name not in known:
        raise RegistryError(f"no {kind} {name!r}: choose of {', '.join(known)}")
