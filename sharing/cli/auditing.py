"""The commands of the ledger: verify it, and print what is to be kept elsewhere."""

from pathlib import Path
from typing import Annotated

import typer

from sda.settings import load_settings
from sharing.checkpoints import examine, newest_checkpoints, read_kept
from sharing.errors import LedgerError
from sharing.replaying import replay
from sharing.schema import open_sharing
from sharing.signing import read_public_key, signing_key

__all__ = ["ledger_app"]

ledger_app = typer.Typer(help="Check the ledger of what was released.", no_args_is_help=True)


@ledger_app.command("verify")
def ledger_verify(
    trust: Annotated[
        list[str] | None,
        typer.Option(
            "--trust", metavar="KEY", help="Public key that signed; default that of our own key."
        ),
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option(
            "--against", help="Checkpoints kept elsewhere, from `ledger checkpoint`.", exists=True
        ),
    ] = None,
) -> None:
    """Compute every chain anew and hold it against the signed heads; fail when one differs.

    Example: tearline ledger verify --against checkpoints.jsonl
    """
    settings = load_settings()
    given = [read_public_key(text) for text in trust or ()]
    trusted = given or [signing_key(settings).public]
    lines = against.read_text(encoding="utf-8").splitlines() if against else ()
    faults = 0
    for one in examine(open_sharing(settings.database_url), trusted, read_kept(lines)):
        faults += one.fault is not None
        verdict = one.fault.text if one.fault else f"head {one.head}"
        typer.echo(f"{one.partner}: {one.entries} entries, {verdict}")
    if faults:
        raise LedgerError(f"{faults} ledgers do not verify: restore them from a backup")


@ledger_app.command("key")
def ledger_key() -> None:
    """Print the public key that the heads of the ledger are signed under.

    Example: tearline ledger key
    """
    typer.echo(signing_key(load_settings()).public.hex())


@ledger_app.command("checkpoint")
def ledger_checkpoint() -> None:
    """Print the newest signed heads as lines of JSON: keep them on another machine.

    Example: tearline ledger checkpoint
    """
    for one in newest_checkpoints(open_sharing(load_settings().database_url)):
        typer.echo(one.line())


@ledger_app.command("replay")
def ledger_replay(
    publication: Annotated[int, typer.Argument(help="Number of the publication, from 1.")],
) -> None:
    """Decide a publication again from what was kept of it; fail when anything differs.

    Example: tearline ledger replay 1
    """
    done = replay(open_sharing(load_settings().database_url), publication)
    if done.differing:
        raise LedgerError(
            f"publication {publication}, made by version {done.version}, comes out otherwise for "
            f"{', '.join(done.differing)}"
        )
    typer.echo(f"publication {publication}: the same for {len(done.partners)} partners")
