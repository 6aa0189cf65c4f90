"""Pictures from a browser: their addresses in a drop or a paste, and fetching them."""

from __future__ import annotations

import base64
import http.client
import time
import urllib.error
import urllib.parse
import urllib.request
from html.parser import HTMLParser
from typing import Any

from PySide6.QtCore import QUrl

import lab
from lab.errors import UserError
from lab.media import pictures
from lab.media.pictures import Picture

# A limit, so that a link to something else does not fill the memory.
LARGEST = 64 << 20  # bytes
# Without an answer; for all of it.
SECONDS, WHOLE_SECONDS = 20, 120
WEB = "image from the browser"

_HEADERS = {
    # Large sites refuse the name that urllib gives itself, and demand one that says who asks.
    "User-Agent": f"Mozilla/5.0 (compatible; Glassbox/{lab.__version__})",
    "Accept": "image/png,image/jpeg,image/webp,image/gif,image/*;q=0.8,*/*;q=0.5",
}
_SAVE = "save it in the browser and drop the file"


def image_links(html: str, base: str = "") -> list[str]:
    """The addresses of the images in a piece of HTML, in order, each once.

    base: the address that relative ones start from, where the HTML names none.
    """
    parser = _Images(base)
    parser.feed(html)
    parser.close()
    return list(dict.fromkeys(parser.links))


class _Images(HTMLParser):
    def __init__(self, base: str) -> None:
        super().__init__()
        self._base = base
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: (value or "").strip() for name, value in attrs}
        if tag == "base" and given.get("href"):
            self._base = given["href"]
        if tag == "img" and (link := _address(given)):
            self.links.append(_joined(self._base, link))


def _address(given: dict[str, str]) -> str:
    """The address of an image by its attributes; that of one not loaded yet is in `data-src`."""
    named = given.get("src", "")
    # What stands there until the image is loaded is a dot of a few bytes.
    if named and not (named.lower().startswith("data:") and len(named) < 200):
        return named
    several = given.get("srcset") or given.get("data-srcset") or ""
    later = given.get("data-src") or (several.split() or [""])[0].rstrip(",")
    return later or named


def _joined(base: str, link: str) -> str:
    try:
        return urllib.parse.urljoin(base or "https:", link)
    except ValueError:  # a host in brackets that is none; told where it is fetched
        return link


def is_link(text: str) -> bool:
    """Whether a line of text is the address of something that can be fetched."""
    start = text[:11].lower()
    return start.startswith(("http://", "https://", "data:image/")) and len(text.split()) == 1


def fetched(link: str) -> Picture:
    """The picture at an http, https or data address. Raises UserError where there is none."""
    if link[:5].lower() == "data:":
        return pictures.decode(_inline(link), WEB, source="web")
    # As the address stands in a request: host in Punycode, letters in percent signs.
    address = bytes(QUrl(link).toEncoded().data()).decode("ascii")
    name = _name(address)
    if not address.lower().startswith(("http://", "https://")):
        raise UserError(f"cannot fetch {name}: its address is no http or https one; {_SAVE}")
    return pictures.decode(_body(address, name), name, source="web")


def _name(address: str) -> str:
    path = urllib.parse.unquote(urllib.parse.urlsplit(address).path)
    return path.rstrip("/").rpartition("/")[2] or WEB


def _inline(link: str) -> bytes:
    """The bytes of a data address (RFC 2397)."""
    head, comma, body = link.partition(",")
    data = urllib.parse.unquote_to_bytes(body)
    if not comma:
        raise UserError(f"the address of the {WEB} is cut short: {_SAVE}")
    if not head.lower().rstrip().endswith(";base64"):
        return data
    plain = b"".join(data.split()).rstrip(b"=").replace(b"-", b"+").replace(b"_", b"/")
    try:
        return base64.b64decode(plain + b"=" * (-len(plain) % 4), validate=True)
    except ValueError:
        raise UserError(f"the address of the {WEB} is damaged: {_SAVE}") from None


def _body(address: str, name: str) -> bytes:
    try:
        asked = urllib.request.Request(address, headers=_HEADERS)
        with urllib.request.urlopen(asked, timeout=SECONDS) as answer:
            return _read(answer, name)
    except UserError:
        raise
    except urllib.error.HTTPError as error:
        with error:
            reason = f"the server answers {error.code} {error.reason}".rstrip()
    except urllib.error.URLError as error:
        reason = _why(error.reason)
    # An answer that breaks off or is no HTTP, an address that is none.
    except (http.client.HTTPException, OSError, ValueError) as error:
        reason = _why(error)
    raise UserError(f"cannot fetch {name}: {reason}; {_SAVE}")


def _read(answer: Any, name: str) -> bytes:
    parts, size, end = [], 0, time.monotonic() + WHOLE_SECONDS
    while part := answer.read(1 << 16):
        parts.append(part)
        size += len(part)
        if size > LARGEST:
            raise UserError(f"{name} is over {LARGEST >> 20} MB: save a smaller one")
        if time.monotonic() > end:
            raise TimeoutError
    if answer.length:
        raise http.client.IncompleteRead(b"", answer.length)
    return b"".join(parts)


def _why(error: object) -> str:
    if isinstance(error, TimeoutError):
        return "the server does not answer in time"
    if isinstance(error, http.client.IncompleteRead):
        return "the answer is cut short"
    if isinstance(error, OSError) and error.strerror:
        return str(error.strerror)
    return str(error) or type(error).__name__
