"""Addresses of images in HTML, and fetching them from any server: a picture or one line."""

import base64
import io
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import numpy as np
import pytest
from PIL import Image

from gui.documents import web_pictures
from gui.documents.web_pictures import fetched, image_links, is_link
from lab.errors import UserError


def png(colour=(10, 20, 30), size=(4, 3)):
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, "PNG")
    return buffer.getvalue()


def data_url(data):
    return f"data:image/png;base64,{base64.b64encode(data).decode()}"


DOT = data_url(b"GIF89a")


@pytest.mark.parametrize(
    ("html", "link"),
    [
        ('<img src="https://a.org/x.png?a=1&amp;b=2">', "https://a.org/x.png?a=1&b=2"),
        ("<img alt=x src='https://a.org/x.png'>", "https://a.org/x.png"),
        ("<IMG SRC=https://a.org/x.png>", "https://a.org/x.png"),
        ('<img data-src="https://a.org/y.png" src="https://a.org/x.png">', "https://a.org/x.png"),
        (f'<img src="{DOT}" data-src="https://a.org/y.png">', "https://a.org/y.png"),
        ('<img data-src="https://a.org/y.png">', "https://a.org/y.png"),
        ('<img srcset="https://a.org/1.png 1x, https://a.org/2.png 2x">', "https://a.org/1.png"),
        ('<img src="//cdn.a.org/x.png">', "https://cdn.a.org/x.png"),
        ('<base href="https://a.org/b/"><img src="x.png">', "https://a.org/b/x.png"),
        (
            '<a href="https://a.org/page"><img title=">" src="https://a.org/x.png">',
            "https://a.org/x.png",
        ),
    ],
)
def test_the_address_in_html_is_that_of_the_image(html, link):
    assert image_links(html) == [link]


def test_all_images_of_a_selection_are_found_once_and_relative_ones_are_joined():
    html = '<p>one <img src="a.png"> two <img src="/b.png"><img src="a.png"> <img alt="none">'
    assert image_links(html, "https://a.org/x/page") == [
        "https://a.org/x/a.png",
        "https://a.org/b.png",
    ]


@pytest.mark.parametrize(
    "html", ["", "<img>", "<img src=''>", "words", '<a href="https://a.org">x</a>']
)
def test_html_without_an_image_has_no_address(html):
    assert image_links(html) == []


def test_what_is_an_address():
    assert all(map(is_link, ["http://a.org/x", "HTTPS://a.org", "data:image/png;base64,aa"]))
    assert not any(map(is_link, ["", "words", "http://a.org/x and more", "ftp://a.org", "httpx"]))


class Site(BaseHTTPRequestHandler):
    """Answers by the path, and keeps what it was asked."""

    def do_GET(self):
        self.server.asked.append((self.path, self.headers["User-Agent"]))
        status, body, promised = self.server.answers.get(self.path, (404, b"", 0))
        self.send_response(status)
        if 300 <= status < 400:
            self.send_header("Location", body.decode())
            body = b""
        self.send_header("Content-Length", str(promised or len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def site():
    server = HTTPServer(("127.0.0.1", 0), Site)
    server.asked, server.answers = [], {}
    server.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("written", "asked", "name"),
    [
        ("/a%20b.png", "/a%20b.png", "a b.png"),
        ("/a b.png", "/a%20b.png", "a b.png"),
        ("/gr%C3%BCn.png", "/gr%C3%BCn.png", "grün.png"),
        ("/grün.png", "/gr%C3%BCn.png", "grün.png"),
        ("/x.png?q=a%26b&c=%2F", "/x.png?q=a%26b&c=%2F", "x.png"),
        ("/a%2Fb.png", "/a%2Fb.png", "b.png"),
    ],
)
def test_an_address_is_asked_for_as_it_was_encoded(site, written, asked, name):
    site.answers[asked] = 200, png(), 0
    picture = fetched(site.address + written)
    assert (picture.pixels == np.uint8([10, 20, 30])).all()
    assert (picture.name, picture.source) == (name, "web")
    ((_, agent),) = site.asked
    assert "Glassbox" in agent
    assert "urllib" not in agent


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ((404, b"", 0), "cannot fetch cat.png: the server answers 404 Not Found; save it"),
        ((403, b"no robots", 0), "the server answers 403 Forbidden"),
        ((200, png()[:40], 4000), "cannot fetch cat.png: the answer is cut short"),
        ((200, png(size=(9, 9))[:-30], 0), "cat.png is damaged or cut short"),
        ((200, b"<!doctype html><p>sign in", 0), "cat.png is a web page, not an image"),
        ((200, b"", 0), "cat.png is empty"),
        ((200, b"x" * 2000, 0), "cat.png is over"),
        ((302, b"ftp://127.0.0.1/x", 0), "cannot fetch cat.png: "),
        ((302, b"file:///etc/passwd", 0), "cannot fetch cat.png: "),
        ((302, b"/cat.png", 0), "cannot fetch cat.png: "),
    ],
)
def test_whatever_a_server_answers_is_one_line(site, answer, told, monkeypatch):
    monkeypatch.setattr(web_pictures, "LARGEST", 1000)
    site.answers["/cat.png"] = answer
    with pytest.raises(UserError) as caught:
        fetched(f"{site.address}/cat.png")
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "link",
    [
        "http://127.0.0.1:1/cat.png",
        "http://[bad/cat.png",
        "http:///cat.png",
        "https://a..b/cat.png",
        "http://127.0.0.1:99999/cat.png",
        "ftp://127.0.0.1/cat.png",
        "cat.png",
        "javascript:alert(1)",
    ],
)
def test_an_address_that_leads_nowhere_is_one_line(link):
    with pytest.raises(UserError, match="cannot fetch") as caught:
        fetched(link)
    assert "save it in the browser and drop the file" in str(caught.value)


@pytest.mark.parametrize(
    "change",
    [
        lambda url: url,
        lambda url: (
            url.replace("+", "%2B").replace("/", "%2F").replace("data:image%2F", "data:image/")
        ),
        lambda url: url.rstrip("="),
        lambda url: url[:60] + "\n" + url[60:],
        lambda url: url.replace("data:image/png;base64", "DATA:image/png;charset=x;BASE64"),
    ],
)
def test_a_data_address_however_it_is_written(change):
    assert (fetched(change(data_url(png()))).pixels == np.uint8([10, 20, 30])).all()


@pytest.mark.parametrize(
    "url",
    [
        "data:image/png;base64,a",
        "data:image/png;base64,ä!",
        "data:image/png;base64,",
        "data:image/png,",
        "data:image/png",
        data_url(png())[:70],
        data_url(png())[:71],
        "data:image/svg+xml;utf8,<svg xmlns='http://www.w3.org/2000/svg'/>",
    ],
)
def test_a_damaged_data_address_is_one_line(url):
    with pytest.raises(UserError) as caught:
        fetched(url)
    assert "browser" in str(caught.value)
    assert "\n" not in str(caught.value)
