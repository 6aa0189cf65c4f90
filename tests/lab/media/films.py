"""Video files: written by OpenCV, and Matroska made by hand, which can say anything (RFC 9559)."""

import io

import numpy as np
from PIL import Image

from lab.media.opencv import opencv


def encoded(path, code, frames, rate=12.0):
    """A file that OpenCV wrote, for what Writer does not write."""
    cv2 = opencv()
    size = frames[0].shape[1::-1] if frames else (64, 48)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*code), rate, size)
    for frame in frames:
        writer.write(np.ascontiguousarray(frame[:, :, ::-1]))
    writer.release()
    return path


def noisy(count, size=(64, 48)):
    """Frames that do not compress, so that a file can be cut in the middle of them."""
    random = np.random.default_rng(0)
    return [random.integers(0, 256, (size[1], size[0], 3), np.uint8) for _ in range(count)]


def smooth(count, size=(64, 48)):
    """Frames that move slowly, so that they look the same after any codec."""
    x, y = np.meshgrid(np.arange(size[0]), np.arange(size[1]))
    return [
        np.stack([3 * x + k, 4 * y + k, x + y + 2 * k], 2).astype(np.uint8) for k in range(count)
    ]


def element(name, content):
    """An EBML element. name: its ID in hexadecimal. content: bytes, or a number."""
    if isinstance(content, int):
        content = content.to_bytes(max(1, (content.bit_length() + 7) // 8), "big")
    return bytes.fromhex(name) + (len(content) | 1 << 56).to_bytes(8, "big") + content


def jpeg(pixels):
    data = io.BytesIO()
    Image.fromarray(pixels).save(data, "JPEG")
    return data.getvalue()


def matroska(frames, times, seconds=None, shown=None):
    """A film as bytes, of JPEG images.

    frames: uint8 (H, W, 3) of one size. times: of each, in milliseconds. seconds: the duration that
    the header tells, None for the true one. shown: (width, height) that it tells to show, None for
    that of the frames.
    """
    height, width = frames[0].shape[:2]
    last = times[-1] + 40 if seconds is None else 1000 * seconds
    info = element("2ad7b1", 1_000_000) + element("4489", np.array(last, ">f8").tobytes())
    info += element("4d80", b"test") + element("5741", b"test")
    video = element("b0", width) + element("ba", height)
    if shown:
        video += element("54b0", shown[0]) + element("54ba", shown[1])
    track = element("d7", 1) + element("73c5", 1) + element("83", 1)
    track += element("86", b"V_MJPEG") + element("e0", video)
    clusters = b""
    for pixels, time in zip(frames, times, strict=True):
        block = element("a3", b"\x81\x00\x00\x80" + jpeg(pixels))
        clusters += element("1f43b675", element("e7", time) + block)
    head = element("4286", 1) + element("42f7", 1) + element("42f2", 4) + element("42f3", 8)
    head += element("4282", b"matroska") + element("4287", 4) + element("4285", 2)
    segment = element("1549a966", info) + element("1654ae6b", element("ae", track)) + clusters
    return element("1a45dfa3", head) + element("18538067", segment)
