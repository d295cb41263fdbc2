"""Ask a server for one's feed, again where it was busy, and verify each answer."""

import random
import time
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from ipaddress import ip_address
from ssl import SSLContext
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import quote

import httpx

from sharing.client.bookmarks import Bookmark, Place
from sharing.client.errors import ClientError, RefusedError, SignatureError, UnavailableError
from sharing.client.pages import Filter, Item, Page, Query, item_of, page_of, parameters, told
from sharing.client.retries import RETRIED, Retries
from sharing.client.signatures import SIGNATURE, TrustedKeys, read_keys

__all__ = ["Client"]

_TIMEOUT_S: Final = 60.0
_RETRIES: Final = Retries()


class Client:
    """Reads one partner's feed; a context manager, for one thread at a time.

    The key goes to this one address, over https alone (http only to this machine itself).
    """

    def __init__(
        self,
        url: str,
        key: str,
        *,
        verify: bool = True,
        trusted: TrustedKeys | None = None,
        pinned: Collection[str] = (),
        retries: Retries = _RETRIES,
        context: SSLContext | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Take the address of the server and a key.

        `trusted` are the keys of signatures, else the server is asked for them once. With `pinned`,
        thumbprints that were told by another way, no other key counts. `context` is the one for
        TLS, where the server or the partner itself shows a certificate of its own.

        Raises ClientError for an address that a key may not be sent to, or what is no key.
        """
        self._url = _checked(url)
        self._verifies = verify
        self._pinned = frozenset(pinned)
        self._trusted = trusted.only(self._pinned) if trusted and pinned else trusted
        self._retries = retries
        self._http = httpx.Client(
            base_url=self._url,
            headers={"Authorization": f"Bearer {_plain(key)}"},
            timeout=_TIMEOUT_S,
            verify=True if context is None else context,
            transport=transport,
        )

    def __repr__(self) -> str:
        return f"Client({self._url!r}, key='***')"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    @property
    def trusted(self) -> TrustedKeys:
        """The keys that signatures are held against; the server is asked for them once.

        Raises ClientError when it has none, or none of those that are pinned.
        """
        if self._trusted is None:
            self._trusted = self._fetch_keys()
        return self._trusted

    def pages(
        self, after: str | None = None, *, limit: int | None = None, **filters: Filter
    ) -> Iterator[Page]:
        """Yield the pages of the feed from a cursor on, up to its end as it is now.

        The last one is yielded too when nothing is in it: its `next` is where to go on. Who writes
        what a page holds and its `next` in one transaction has everything exactly once.

        Filters are those of the server: kind, object (one number or several), own, since, until,
        min_probability, format. Raises ClientError.
        """
        more = True
        while more:
            page = self.page(after, limit=limit, **filters)
            yield page
            after, more = page.next, page.more

    def page(
        self, after: str | None = None, *, limit: int | None = None, **filters: Filter
    ) -> Page:
        """Return the page of the feed that comes after a cursor. Raises ClientError."""
        content, signature, answer = self._get("/v1/feed", parameters(after, limit, filters))
        return page_of(content, answer.headers, signature)

    def feed(
        self,
        after: str | None = None,
        *,
        bookmark: Bookmark | None = None,
        limit: int | None = None,
        **filters: Filter,
    ) -> Iterator[Item]:
        """Yield the items of the feed from a cursor on, up to its end as it is now.

        With a bookmark reading starts where it stopped the last time. It moves on when the next
        item is asked for after the last of a page: who is cut short gets the items of that page
        again, and misses none (at least once; `id` and `revision` tell what came before).

        Raises ClientError.
        """
        query = told(filters)
        place = Place(after)
        if bookmark is not None:
            place = bookmark.read(query)
            place = place if place.after is not None else Place(after)
        for page in self.pages(place.after, limit=limit, **filters):
            yield from page.items
            if bookmark is not None and page.next != place.after:
                place = Place(page.next, place.pages + 1)
                bookmark.write(place, query)

    def stream(
        self,
        after: str | None = None,
        *,
        bookmark: Bookmark | None = None,
        **filters: Filter,
    ) -> Iterator[Item]:
        """Yield the items of the feed from a cursor on, and then each as it is published.

        Ends never; a bookmark moves as with `feed`. The server's stream of events says only that
        there is something new: it is read from the feed, page by page, so that nothing is handed
        out unverified, nothing is lost where a connection breaks, and nothing comes twice.

        Raises ClientError.
        """
        idle = 0
        query = told(filters)
        place = bookmark.read(query) if bookmark is not None else Place()
        place = place if place.after is not None else Place(after)
        while True:
            for page in self.pages(place.after, limit=None, **filters):
                yield from page.items
                if page.next != place.after:
                    place = Place(page.next, place.pages + 1)
                    if bookmark is not None:
                        bookmark.write(place, query)
            if self._has_news(place.after, filters):
                idle = 0
                continue
            idle += 1
            now, chance = datetime.now(UTC), random.random()  # noqa: S311
            time.sleep(self._retries.wait_s(idle, None, now, chance))

    def item(self, id: str) -> Item:
        """Return one item at its newest revision. Raises ClientError."""
        content, _, _ = self._get(f"/v1/items/{quote(id, safe='')}", [])
        return item_of(content)

    def _has_news(self, after: str | None, filters: Mapping[str, Filter]) -> bool:
        """Hold the stream of events open; return True at its first event, False when it ends."""
        query = parameters(after, None, filters)
        headers = {"Accept": "text/event-stream"}
        try:
            with self._http.stream("GET", "/v1/stream", params=query, headers=headers) as answer:
                if answer.status_code == 200:
                    return any(line.startswith("data:") for line in answer.iter_lines())
                answer.read()
                if answer.status_code not in RETRIED:
                    raise RefusedError(answer.status_code, _detail(answer))
                return False
        except httpx.TransportError:
            return False

    def _get(self, path: str, query: Query) -> tuple[bytes, str, httpx.Response]:
        """Return content and signature of an answer, once that holds."""
        answer = self._ask(path, query)
        signature = answer.headers.get(SIGNATURE, "")
        if self._verifies:
            self._verify(answer.content, signature)
        return answer.content, signature, answer

    def _verify(self, content: bytes, signature: str) -> None:
        if not signature:
            raise SignatureError("the answer is not signed: is the address that of a feed?")
        try:
            self.trusted.verify(content, signature)
        except SignatureError:
            # The server may have a new key since.
            known = self.trusted
            fresh = self._fetch_keys()
            if fresh.keys.keys() <= known.keys.keys():
                raise
            self._trusted = TrustedKeys({**known.keys, **fresh.keys})
            self._trusted.verify(content, signature)

    def _fetch_keys(self) -> TrustedKeys:
        found = read_keys(self._ask("/.well-known/jwks.json", []).content)
        if not self._pinned:
            return found
        kept = found.only(self._pinned)
        if not kept.keys:
            raise SignatureError(
                f"the server has no key that is pinned, but {', '.join(found.keys)}: ask its office"
            )
        return kept

    def _ask(self, path: str, query: Query) -> httpx.Response:
        """Return an answer of status 200, asking again where that may help."""
        tried = 0
        while True:
            tried += 1
            asked_to_wait: str | None = None
            try:
                answer = self._http.get(path, params=query)
            except httpx.TransportError as error:
                why = f"cannot reach {self._url}: {_named(error)}"
            except httpx.HTTPError as error:
                raise ClientError(f"no use of {self._url}: {_named(error)}") from None
            else:
                if answer.status_code == 200:
                    return answer
                why = _detail(answer)
                if answer.status_code not in RETRIED:
                    raise RefusedError(answer.status_code, why)
                asked_to_wait = answer.headers.get("Retry-After")
            wait_s = self._retries.wait_s(
                tried,
                asked_to_wait,
                datetime.now(UTC),
                random.random(),  # noqa: S311
            )
            if tried >= self._retries.attempts or wait_s > self._retries.most_s:
                raise UnavailableError(f"gave up after {tried} attempts: {why}")
            time.sleep(wait_s)


def _checked(url: str) -> str:
    """Return an address without a slash at its end; a key is not sent in clear over a network."""
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        raise ClientError("the address of the feed cannot be read: give https://HOST") from None
    if parsed.scheme == "http" and _is_here(parsed.host):
        pass
    elif parsed.scheme != "https" or not parsed.host:
        raise ClientError("a key is sent over https alone: give https://HOST as the address")
    if parsed.userinfo or parsed.query or parsed.fragment:
        raise ClientError("give the address of the server alone: https://HOST or https://HOST/PATH")
    return str(parsed).rstrip("/")


def _plain(key: str) -> str:
    """Return a key; what could not be sent, or would be a header more, is none."""
    stripped = key.strip()
    if not (stripped.isascii() and stripped.isprintable()) or not stripped or " " in stripped:
        raise ClientError("this is no key: give it as it was issued, on one line")
    return stripped


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _detail(answer: httpx.Response) -> str:
    """Return what a problem says (RFC 9457), or the phrase of the status.

    Where the server says of each parameter what is wrong with it, that is all there is to know.
    """
    try:
        said: Any = answer.json()
        wrong = [f"{one['where']}: {one['what']}" for one in said.get("errors", ())]
        return "; ".join(wrong) or str(said["detail"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return answer.reason_phrase


def _named(error: Exception) -> str:
    return str(error) or type(error).__name__
