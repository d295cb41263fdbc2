"""Keep in a file how far a feed was read, whole or not at all."""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from sharing.client.errors import BookmarkError

__all__ = ["Bookmark", "Place", "write_whole"]


@dataclass(frozen=True, slots=True)
class Place:
    """How far a feed was read."""

    after: str | None = None
    pages: int = 0
    """How many pages were read so far."""


class Bookmark:
    """A file with the place in one feed, read under one filter."""

    def __init__(self, path: Path | str) -> None:
        """Name the file; it need not be there yet."""
        self.path = Path(path)

    def read(self, query: Mapping[str, str]) -> Place:
        """Return the place, the beginning where there is no file yet.

        Raises BookmarkError when it cannot be read, or was written under another query.
        """
        try:
            kept = json.loads(self.path.read_bytes())
            place = Place(str(kept["after"]), int(kept["pages"]))
            asked = dict(kept["query"])
        except FileNotFoundError:
            return Place()
        except OSError as error:
            raise BookmarkError(f"cannot read {self.path}: {error.strerror}") from None
        except (ValueError, KeyError, TypeError, RecursionError):
            text = f"{self.path} holds no cursor: move it away, and all is read anew"
            raise BookmarkError(text) from None
        if asked != dict(query):
            raise BookmarkError(
                f"{self.path} is of another request ({_told(asked)}): ask for the same, or choose "
                "another place"
            )
        return place

    def write(self, place: Place, query: Mapping[str, str]) -> None:
        """Replace the place that the file holds. Raises BookmarkError when it cannot."""
        write_whole(self.path, json.dumps({**asdict(place), "query": dict(query)}).encode())


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole, after a loss of power too, or not at all.

    Raises BookmarkError when it cannot be written.
    """
    draft = path.with_name(f"{path.name}.partial")
    try:
        with draft.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(path)
        _keep_names(path.parent)
    except OSError as error:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise BookmarkError(
            f"cannot write {path}: {error.strerror}; choose another place"
        ) from None


def _keep_names(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _told(query: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in query.items()) or "no filter"
