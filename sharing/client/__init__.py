"""What a partner installs to read its feed: httpx and cryptography are all that it needs.

    from sharing.client import Client, rows

    with Client("https://feed.example", key) as client:
        for item in client.feed(kind="crossing"):
            ...

Items come as the server gives them, mappings of JSON; each page is verified before any of it is
handed out.
"""

from sharing.client.bookmarks import Bookmark
from sharing.client.client import Client
from sharing.client.errors import (
    BookmarkError,
    ClientError,
    RefusedError,
    SignatureError,
    UnavailableError,
)
from sharing.client.pages import Page
from sharing.client.pulling import Pulled, pull
from sharing.client.rows import rows
from sharing.client.signatures import TrustedKeys, read_keys

__all__ = [
    "Bookmark",
    "BookmarkError",
    "Client",
    "ClientError",
    "Page",
    "Pulled",
    "RefusedError",
    "SignatureError",
    "TrustedKeys",
    "UnavailableError",
    "pull",
    "read_keys",
    "rows",
]
