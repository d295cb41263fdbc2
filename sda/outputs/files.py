"""Open the files that results go to, and say in one line why one cannot be written.

A file is written under another name and renamed when complete, so an older one stays untouched
until then. What is no regular file (a device, a pipe) is written as it comes, like stdout.
"""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from sda.errors import OutputError

__all__ = ["is_stream", "opened", "require_writable", "telling"]


def is_stream(out: Path | None) -> bool:
    """Return whether what is written to it cannot be taken back: stdout, a device or a pipe."""
    return out is None or (out.exists() and not out.is_file() and not out.is_dir())


def require_writable(out: Path | None) -> None:
    """Check that a file can be made, before the work that it is to hold.

    Raises OutputError.
    """
    if out is None:
        return
    with telling(out):
        if out.is_dir():
            raise OutputError(f"cannot write {out}: it is a directory; give the name of a file")
        if not out.parent.is_dir():
            raise OutputError(f"cannot write {out}: make the folder {out.parent} first")
        if not os.access(out if is_stream(out) else out.parent, os.W_OK):
            raise OutputError(f"cannot write {out}: no permission; choose another place")


@contextmanager
def telling(out: Path | None) -> Iterator[None]:
    """Turn what the system says against writing a file into one line that names it.

    Raises OutputError. A pipe that its reader closed is left to the command line, which ends.
    """
    try:
        yield
    except OSError as error:
        if error.errno == errno.EPIPE:
            raise
        where = "the output" if out is None else out
        raise OutputError(
            f"cannot write {where}: {error.strerror or error}; choose another place"
        ) from None


@contextmanager
def opened(out: Path | None) -> Iterator[BinaryIO]:
    """Open a file for writing, to appear under its name at the end and not at all on failure.

    None is stdout. Raises OutputError.
    """
    if out is None:
        with telling(out):
            yield sys.stdout.buffer
            sys.stdout.buffer.flush()
        return
    with telling(out):
        if is_stream(out):
            with out.open("wb") as stream:
                yield stream
            return
        new = out.with_name(f".{out.name}.new")
        stream = new.open("wb")
        try:
            yield stream
            stream.close()
            new.replace(out)
        except BaseException:
            with suppress(OSError):
                stream.close()
            new.unlink(missing_ok=True)
            raise
