"""A publisher of small data sets on the loopback, in the formats of the real ones."""

import contextlib
import http.server
import io
import pickle
import struct
import threading

import numpy as np


class Server:
    """Files on the loopback, and what is wrong with the way they are served."""

    def __init__(self):
        self.files = {}
        self.asked = []
        self.fault = ""
        self.release = threading.Event()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                outer.asked.append(self.path)
                body = outer.files.get(self.path)
                if body is None:
                    self.send_error(404)
                    return
                self.send_response(200)
                if outer.fault != "no length":
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                with contextlib.suppress(ConnectionError):
                    if outer.fault in ("cut", "stall"):
                        self.wfile.write(body[: len(body) // 2])
                        self.wfile.flush()
                        if outer.fault == "stall":
                            outer.release.wait(30)
                    else:
                        self.wfile.write(body)

            def log_message(self, *args):
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        # As daemons they would not be waited for when the server closes.
        self.http.daemon_threads = False
        # A client that hangs up is part of what is tested.
        self.http.handle_error = lambda *args: None
        self.address = f"http://127.0.0.1:{self.http.server_port}"

    def __enter__(self):
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.01,))
        self.thread.start()
        return self

    def __exit__(self, *args):
        self.release.set()
        self.http.shutdown()
        self.thread.join()
        self.http.server_close()


def idx(array):
    """An array of bytes in MNIST's own format."""
    head = struct.pack(">BBBB", 0, 0, 8, array.ndim) + struct.pack(f">{array.ndim}I", *array.shape)
    return head + array.astype(np.uint8).tobytes()


class OldPickler(pickle.Pickler):
    """Writes a dtype as the NumPy of 2009 did, with an integer for `align`."""

    def reducer_override(self, value):
        if isinstance(value, np.dtype):
            return np.dtype, (value.str[1:], 0, 1), value.__reduce__()[2]
        return NotImplemented


def old_pickle(value):
    data = io.BytesIO()
    OldPickler(data, protocol=2).dump(value)
    return data.getvalue()
