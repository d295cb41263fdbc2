"""Ids of items: 128 bits, which partners read as 26 letters and digits."""

from base64 import b32decode, b32encode
from typing import Final

import numpy as np

__all__ = ["ID_BYTES", "id_of", "id_text", "id_texts"]

ID_BYTES: Final = 16

_LETTERS: Final = np.frombuffer(b"abcdefghijklmnopqrstuvwxyz234567", np.uint8)
_LENGTH: Final = -(-8 * ID_BYTES // 5)
_TWO: Final = np.stack([np.repeat(_LETTERS, 32), np.tile(_LETTERS, 32)], axis=1).copy()
"""The letters of each ten bits."""


def id_text(one: bytes) -> str:
    """Return an id as partners read it: base32 without padding, in lower case."""
    return b32encode(one).decode().rstrip("=").lower()


def id_of(text: str) -> bytes | None:
    """Return the id that a text stands for, None where it stands for none."""
    try:
        one = b32decode(text.upper() + "=" * (-len(text) % 8))
    except ValueError:
        return None
    return one if len(one) == ID_BYTES and id_text(one) == text else None


def id_texts(ids: bytes) -> list[bytes]:
    """Return many ids, one after the other, as `id_text` would each."""
    n = len(ids) // ID_BYTES
    padded = np.zeros((n, 4, 8), np.uint8)
    # Five bytes are eight letters.
    padded[:, :3, 3:] = np.frombuffer(ids, np.uint8).reshape(n, ID_BYTES)[:, :15].reshape(n, 3, 5)
    padded[:, 3, 3] = np.frombuffer(ids, np.uint8).reshape(n, ID_BYTES)[:, 15]
    forty = padded.view(">u8").reshape(n, 4).astype(np.int64)
    tens = np.stack([forty >> shift & 1023 for shift in (30, 20, 10, 0)], axis=2)
    text = _TWO[tens].reshape(n, 32).tobytes()
    return [text[k : k + _LENGTH] for k in range(0, len(text), 32)]
