"""The commands of a partner: pull its feed into a folder, verify what lies there."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated

import orjson
import typer
from filelock import FileLock, Timeout

from sda.console import say, utc
from sda.settings import load_settings
from sharing.client import Client, ClientError, TrustedKeys, pull, read_keys
from sharing.client.contents import contents_of
from sharing.client.pulling import KEYS, kept_keys
from sharing.errors import FeedError
from sharing.jws import feed_signer
from sharing.markings import binding_fault

__all__ = ["feed_app", "pull_feed", "verify_file"]

feed_app = typer.Typer(help="Keys that answers to partners are signed by.", no_args_is_help=True)

PinOption = Annotated[
    list[str] | None,
    typer.Option("--pin", metavar="KID", help="Trust this key alone; by its thumbprint."),
]


def pull_feed(
    url: Annotated[str, typer.Option(help="Address of the server: https://HOST.")],
    out: Annotated[Path, typer.Option(help="Folder to keep the pages in.")],
    key: Annotated[
        str | None,
        typer.Option(envvar="TEARLINE_KEY", show_envvar=True, help="Key; others may see it here."),
    ] = None,
    key_file: Annotated[
        Path | None, typer.Option(help="File with the key, instead.", exists=True, dir_okay=False)
    ] = None,
    format: Annotated[
        str, typer.Option(help="json, csv, or another that the server has.")
    ] = "json",
    kind: Annotated[str | None, typer.Option(help="Only this kind.")] = None,
    object: Annotated[
        list[int] | None, typer.Option(help="Only with this catalogue number; repeat for more.")
    ] = None,
    own: Annotated[bool, typer.Option("--own", help="Only with your own assets.")] = False,
    since: Annotated[
        datetime | None, typer.Option(parser=utc, help="Only TCA from this time on.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(parser=utc, help="Only TCA before this time.")
    ] = None,
    min_probability: Annotated[
        float | None, typer.Option(help="Only with this probability or more.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Most items a page.")] = None,
    pin: PinOption = None,
) -> None:
    """Pull what is new in your feed into a folder, each page with its signature, all verified.

    Example: tearline pull --url https://feed.example --key-file key.txt --out feed
    """
    filters = {
        "kind": kind,
        "object": object or None,
        "own": own or None,
        "since": since,
        "until": until,
        "min_probability": min_probability,
    }
    given = _key(key, key_file)
    try:
        with (
            Client(url, given, trusted=kept_keys(out), pinned=pin or ()) as client,
            _alone(out),
        ):
            pages = left_out = 0
            for one in pull(client, out, format, limit=limit, filters=filters):
                pages += 1
                counted = "" if one.items is None else f", {one.items} items"
                typer.echo(f"{one.path}{counted}")
                left_out += one.left_out
    except ClientError as error:
        raise FeedError(str(error)) from None
    plural = "" if pages == 1 else "s"
    say(
        f"{pages} new page{plural} in {out}"
        if pages
        else f"nothing new; all there is lies in {out}"
    )
    if left_out:
        say(f"{left_out} of the items {format} cannot hold, retractions too: pull them as json")


def verify_file(
    file: Annotated[Path, typer.Argument(help="File to verify, as it came.")],
    signature: Annotated[
        Path | None, typer.Option(help="File with the signature; default FILE.jws.")
    ] = None,
    jwks: Annotated[
        Path | None, typer.Option(help="File with the keys; default jwks.json beside FILE.")
    ] = None,
    label: Annotated[
        Path | None,
        typer.Option(help="Label (NATO 4774) that must be bound to FILE; signed by LABEL.jws."),
    ] = None,
    pin: PinOption = None,
) -> None:
    """Verify offline that a file is what the server signed; fail when it is not.

    Example: tearline verify feed/000001.json
    """
    content = _read(file, "the file to verify")
    kept = jwks or file.with_name(KEYS)
    text = _read(kept, "the keys: give --jwks with the /.well-known/jwks.json of the server")
    try:
        trusted: TrustedKeys = read_keys(text)
        trusted = trusted.only(pin) if pin else trusted
    except ClientError as error:
        raise FeedError(f"{kept}: {error}") from None
    kid = _signer(file, content, signature, trusted)
    if label is not None:
        bound = _read(label, "the label to verify")
        _signer(label, bound, None, trusted)
        if fault := binding_fault(bound.decode("utf-8", errors="replace"), content):
            raise FeedError(f"{label}: {fault}; read the item and its label again, both together")
    found = contents_of(content)
    counted = "" if found.items is None or found.what == "item" else f" of {found.items} items"
    exercise = "EXERCISE, " if found.exercise else ""
    marking = " | ".join(found.markings) or "none found, read it in the file"
    also = f", bound to {label}" if label else ""
    typer.echo(f"{file}: {exercise}{found.what}{counted}, marking {marking}, signed by {kid}{also}")


@feed_app.command("key")
def feed_key() -> None:
    """Print the public keys that answers are signed by, that of today first, as a JWK set.

    Example: tearline feed key
    """
    typer.echo(orjson.dumps(feed_signer(load_settings()).jwks(), option=orjson.OPT_INDENT_2))


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep other calls away from a folder: two at once would number the same pages twice."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / ".lock", timeout=0):
            yield
    except Timeout:
        raise FeedError(f"{folder}: another call pulls into it: wait until it is done") from None
    except OSError as error:
        raise FeedError(f"cannot pull into {folder} ({error.strerror})") from None


def _key(given: str | None, file: Path | None) -> str:
    if file is not None:
        given = _read(file, "the key").decode("ascii", errors="replace").strip()
    if not given:
        raise typer.BadParameter("give --key-file, or set TEARLINE_KEY")
    return given


def _signer(path: Path, content: bytes, signature: Path | None, trusted: TrustedKeys) -> str:
    """Return the key that signed a file. Raises FeedError when none that is trusted did."""
    proof = _read(
        signature or path.with_name(f"{path.name}.jws"),
        f"the signature of {path.name}: put the value of its header Tearline-Signature there",
    )
    try:
        return trusted.verify(content, proof.decode("ascii", errors="replace"))
    except ClientError as error:
        raise FeedError(f"{path}: {error}") from None


def _read(path: Path, what: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise FeedError(f"cannot read {path} ({error.strerror}), {what}") from None
