"""Name everything that can go wrong for a partner.

Each message is one line that says what to do:

    ClientError
    ├── RefusedError          the server refused the request: `status`, and why
    ├── UnavailableError      the server did not answer, for all that it was asked again
    ├── SignatureError        an answer is not what the server signed, or nobody known signed it
    └── BookmarkError         a stored cursor cannot be read, or is of another request
"""

__all__ = [
    "BookmarkError",
    "ClientError",
    "RefusedError",
    "SignatureError",
    "UnavailableError",
]


class ClientError(Exception):
    """Base of every error that the client raises on purpose."""


class RefusedError(ClientError):
    """The server refused the request; asking again in the same way does not help."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(f"the server refused ({status}): {detail}")
        self.status = status
        self.detail = detail


class UnavailableError(ClientError):
    """The server did not answer, for all that it was asked again."""


class SignatureError(ClientError):
    """A content is not what was signed, or was signed by nobody who is trusted."""


class BookmarkError(ClientError):
    """A stored cursor cannot be read, or is of another request."""
