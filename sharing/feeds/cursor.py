"""Turn a place in a partner's feed into an opaque word, and back.

A cursor is sealed with a synthetic nonce (the construction of SIV, RFC 5297, from
HMAC-SHA-256): the tag authenticates the number, the partner and the filter, and is the nonce
under which the number is hidden. So it can be neither read nor made nor carried to another
partner or filter, and the same place always gives the same cursor: no randomness that would
tell two answers apart.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode

from sharing.errors import FeedError
from sharing.secret import derive

__all__ = ["seal", "unseal"]

_TAG_BYTES = 16
_NUMBER_BYTES = 8
_LENGTH = 32
"""Of a cursor in characters: base64 of tag and number, without padding."""


def seal(seq: int, partner: str, chosen: str, secret: bytes) -> str:
    """Return the cursor after entry `seq` of a partner's feed; `chosen` names the filter."""
    key = derive(secret, "cursor", partner)
    number = seq.to_bytes(_NUMBER_BYTES, "big")
    tag = _tag(key, number, chosen)
    return urlsafe_b64encode(tag + _hide(key, tag, number)).decode()


def unseal(cursor: str, partner: str, chosen: str, secret: bytes) -> int:
    """Return the number of the entry that a cursor comes after.

    Raises FeedError for anything that was not sealed for this partner and filter.
    """
    key = derive(secret, "cursor", partner)
    sealed = _decoded(cursor)
    tag, hidden = sealed[:_TAG_BYTES], sealed[_TAG_BYTES:]
    number = _hide(key, tag, hidden)
    if not hmac.compare_digest(_tag(key, number, chosen), tag):
        raise _refusal()
    return int.from_bytes(number, "big")


def _tag(key: bytes, number: bytes, chosen: str) -> bytes:
    return hmac.digest(key, b"tag" + number + chosen.encode(), "sha256")[:_TAG_BYTES]


def _hide(key: bytes, tag: bytes, number: bytes) -> bytes:
    """Add the stream of a tag to a number, or take it off."""
    stream = hmac.digest(key, b"stream" + tag, "sha256")
    return bytes(one ^ other for one, other in zip(number, stream, strict=False))


def _decoded(cursor: str) -> bytes:
    if len(cursor) != _LENGTH or not cursor.isascii():
        raise _refusal()
    try:
        sealed = urlsafe_b64decode(cursor)
    except ValueError:
        raise _refusal() from None
    if len(sealed) != _TAG_BYTES + _NUMBER_BYTES or urlsafe_b64encode(sealed).decode() != cursor:
        raise _refusal()
    return sealed


def _refusal() -> FeedError:
    return FeedError(
        "this cursor was not given to you for this filter: use `next` of an earlier answer with "
        "the same filter, or start without one"
    )
