"""Keep a feed in a folder: each page a file, its signature beside it.

A page has the number in which it came, `000001.json`, and `000001.json.jws` its signature;
`jwks.json` has the keys, `cursor` says where the next call goes on. Nothing is pulled twice, and a
call that is cut short leaves no page half there: the next one asks for that page again.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sharing.client.bookmarks import Bookmark, Place, write_whole
from sharing.client.client import Client
from sharing.client.errors import BookmarkError, RefusedError
from sharing.client.pages import Filter, Page, told
from sharing.client.signatures import TrustedKeys, read_keys

__all__ = ["CURSOR", "KEYS", "Pulled", "kept_keys", "pull"]

CURSOR: Final = "cursor"
KEYS: Final = "jwks.json"


@dataclass(frozen=True, slots=True)
class Pulled:
    """A page that now lies in a file."""

    path: Path
    items: int | None
    """How many are in it; None in formats other than JSON."""
    left_out: int = 0
    """How many its format cannot hold."""


def kept_keys(folder: Path) -> TrustedKeys | None:
    """Return the keys kept in a folder, None where there are none yet.

    Raises SignatureError or BookmarkError when the file cannot be read.
    """
    try:
        return read_keys((folder / KEYS).read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise BookmarkError(f"cannot read {folder / KEYS}: {error.strerror}") from None


def pull(
    client: Client,
    folder: Path,
    format: str = "json",
    *,
    limit: int | None = None,
    filters: Mapping[str, Filter] | None = None,
) -> Iterator[Pulled]:
    """Yield each page that is new since the last call, once it is in the folder.

    Raises ClientError.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BookmarkError(f"cannot make {folder}: {error.strerror}") from None
    asked: dict[str, Filter] = {**(filters or {}), "format": format}
    bookmark, query = Bookmark(folder / CURSOR), told(asked)
    place = bookmark.read(query)
    try:
        for page in client.pages(place.after, limit=limit, **asked):
            if page.is_empty and not page.left_out:
                if page.next != place.after:
                    place = Place(page.next, place.pages)
                    bookmark.write(place, query)
                continue
            place = Place(page.next, place.pages + 1)
            path = folder / f"{place.pages:06d}.{_suffix(page, format)}"
            _keep_trusted(folder, client.trusted)
            write_whole(path.with_name(f"{path.name}.jws"), f"{page.signature}\n".encode())
            write_whole(path, page.content)
            bookmark.write(place, query)
            items = len(page.items) if page.media == "application/json" else None
            yield Pulled(path, items, page.left_out)
    except RefusedError as error:
        if error.status == 400 and place.after is not None:
            raise BookmarkError(_refused(bookmark.path)) from None
        raise


def _refused(cursor: Path) -> str:
    return (
        f"the server does not go on from {cursor}: that is another partner's, or what counts as "
        "your own assets has changed since; choose another folder, and all is read anew"
    )


def _suffix(page: Page, format: str) -> str:
    """Return the name of the format, and after it that it is JSON where it is."""
    return f"{format}.json" if page.media.endswith("+json") else format


def _keep_trusted(folder: Path, trusted: TrustedKeys) -> None:
    """Add the keys to those kept: what an earlier one signed is to be verified later too."""
    kept = kept_keys(folder)
    both = TrustedKeys({**(kept.keys if kept else {}), **trusted.keys})
    if kept is None or both.keys != kept.keys:
        write_whole(folder / KEYS, json.dumps(both.document(), indent=2).encode() + b"\n")
