"""Download of one file over the network, with its checksum."""

from __future__ import annotations

import hashlib
import http.client
import socket
import ssl
import urllib.error
import urllib.request
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

from lab.errors import UserError
from lab.system.clock import Pace

CHUNK = 1 << 18
"""Bytes between two reports of progress; a report is made every tenth of a second too."""


@dataclass(frozen=True)
class RemoteFile:
    """A published file.

    urls: its addresses, tried in order. algorithm: of the checksum, "md5" or "sha256". digest: the
    checksum in hexadecimal, or its beginning.
    """

    urls: tuple[str, ...]
    algorithm: str
    digest: str


class _Failed(Exception):
    """Why a download from one address failed, and what to do about it."""


def receive(source: RemoteFile, target: Path, timeout: float) -> Generator[int, None, None]:
    """Write the file to `target`, yielding the number of bytes received so far.

    The checksum is compared at the end; until the generator ends, `target` may be incomplete or
    wrong. timeout: seconds without data after which an address fails. Raises UserError where every
    address fails, OSError where `target` cannot be written.
    """
    for url in source.urls:
        try:
            yield from _receive(url, source, target, timeout)
            return
        except _Failed as failed:
            reason = f"could not download {url}: {failed}"
    raise UserError(reason)


def _receive(
    url: str, source: RemoteFile, target: Path, timeout: float
) -> Generator[int, None, None]:
    checksum = hashlib.new(source.algorithm, usedforsecurity=False)
    done = reported = 0
    pace = Pace(0.1)
    with _open(url, timeout) as response, target.open("wb") as file:
        while chunk := _read(response, timeout):
            file.write(chunk)
            checksum.update(chunk)
            done += len(chunk)
            if done - reported >= CHUNK or pace.due():
                reported = done
                yield done
        expected = response.headers.get("Content-Length")
        if expected is not None and done != int(expected):
            raise _Failed(f"cut off after {done:,} of {int(expected):,} bytes: try again")
    if not checksum.hexdigest().startswith(source.digest):
        raise _Failed(
            "what came is not that file (its checksum differs): try again; "
            "a log-in page or a proxy may stand in the way"
        )
    yield done


def _open(url: str, timeout: float) -> http.client.HTTPResponse:
    try:
        # Some servers refuse Python's default user agent.
        request = urllib.request.Request(url, headers={"User-Agent": "glassbox"})
        response: http.client.HTTPResponse = urllib.request.urlopen(request, timeout=timeout)
        return response
    except urllib.error.HTTPError as error:
        with error:
            raise _Failed(f"the server says {error.code} {error.reason}: try again later") from None
    except urllib.error.URLError as error:
        raise _Failed(_reason(error.reason, timeout)) from None
    except (OSError, http.client.HTTPException) as error:
        raise _Failed(_reason(error, timeout)) from None
    except ValueError:
        raise _Failed("that is no address: check GLASSBOX_MIRROR") from None


def _read(response: http.client.HTTPResponse, timeout: float) -> bytes:
    try:
        return response.read1(CHUNK)
    except (OSError, http.client.HTTPException) as error:
        raise _Failed(_reason(error, timeout)) from None


def _reason(error: object, timeout: float) -> str:
    if isinstance(error, TimeoutError):
        return f"nothing came for {timeout:g} s: check the network and try again"
    if isinstance(error, socket.gaierror):
        return "no network, or no such server: check the network and try again"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({error.verify_message}): check clock and proxy"
    if isinstance(error, (ConnectionResetError, http.client.HTTPException)):
        return "the connection broke: try again"
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return f"{text}: check the network and try again"
