"""What a run of style transfer in video holds: the clip, the style, the features, the videos."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from lab.errors import UserError
from lab.exhibits.interpreting._style_video_painted import PaintedVideo, Reel
from lab.media import camera, video_writer
from lab.media.clips import Clip, Pan
from lab.media.pictures import Picture
from lab.media.videos import SMALLEST, Film
from lab.networks import imagenet
from lab.networks.pixels import as_tensor
from lab.payloads import Note, Pictures
from lab.style.features import Features
from lab.style.gram import styles
from lab.style.layers import CHOSEN
from lab.workspace import Workspace

STYLE_LAYERS, CONTENT_LAYERS = CHOSEN[imagenet.EMBEDDED]
TWO = {"guided": "optical flow", "alone": "frame by frame"}
"""Output -> the name of its curve and in its file's, of the two methods by optimisation."""
FAST = "feed-forward"
"""The name of the network's curve and in its file's."""
PAN = 48
"""Least number of frames of a pan over an image: with fewer it would move too fast."""
# Bytes of a file's name that the clip and the style may each take; systems allow 255 in all.
_NAMED = 90


def shown(pixels: NDArray[np.uint8], caption: str) -> Pictures:
    """An image with a caption."""
    return Pictures([pixels], [caption])


def counted(number: int, total: int | None) -> str:
    """Which frame it is; `total` is an estimate, and left out where it has been passed."""
    return f"frame {number} of {total}" if total and number <= total else f"frame {number}"


def clip_of(picture: Picture, workspace: Workspace, count: int) -> Clip:
    """The clip: the camera, the picture's video, or a slow pan over a picture that has none.

    count: how many frames a pan should have. Raises UserError for a video that cannot be read.
    """
    if picture.source == "camera" and workspace.camera() is not None:
        return camera.Live(workspace.camera)
    if picture.video is not None:
        return Film.open(picture.video)
    return Pan(picture, max(count, PAN))


class VideoSession:
    """The clip and the style of a run, and a video for each method.

    reel: frames of the clip, as of the last method. live: whether the clip is the camera, which
    goes on until it is turned off. damage: what ended the clip early, if anything did.
    """

    def __init__(self, workspace: Workspace, films: ExitStack, size: int, wanted: int) -> None:
        """films: closes the videos. size: longer edge in pixels. wanted: a pan has so many frames.

        Raises UserError for a video that cannot be read, a style that is too small, or where no
        video of this clip can be written.
        """
        self.content, self.style = workspace.pictures[:2]
        if min(self.style.size) < SMALLEST:
            height, width = self.style.size
            raise UserError(
                f"{self.style.name} is {width} × {height} px: give a style of {SMALLEST} px or more"
            )
        self.workspace, self.device, self.size = workspace, workspace.device, size
        self.clip = clip_of(self.content, workspace, wanted)
        self.live = isinstance(self.clip, camera.Live)
        first = self._first()
        video_writer.try_out(
            self._path("", self.style.name), self.clip.rate, (first.shape[1], first.shape[0])
        )
        self.first = as_tensor(first, self.device)
        classifier = workspace.shelf.get(imagenet.EMBEDDED, self.device)
        self.features = Features(classifier, (*STYLE_LAYERS, *CONTENT_LAYERS))
        self.videos: dict[str, PaintedVideo] = {}
        self.reel = Reel()
        self.damage: UserError | None = None
        self._films = films

    def _first(self) -> NDArray[np.uint8]:
        pixels = next(self.clip.frames(self.size), None)
        if pixels is None:
            raise UserError("the camera is off: turn it on, then press Run")
        return pixels

    def expected(self, most: int) -> int:
        """How many frames to expect of the clip, of which `most` are taken."""
        return min(most, self.clip.count or most)

    def grams(self, edge: int) -> dict[str, Tensor]:
        """The style, layer -> mean Gram matrix, of an image with this longer edge in pixels."""
        return styles(
            self.features, as_tensor(self.style.thumbnail(edge), self.device), STYLE_LAYERS
        )

    def video(self, name: str, way: str, style: str) -> PaintedVideo:
        """Begin the video of one more method, `name`. way, style: for the file's name."""
        video = self.videos[name] = PaintedVideo(self._path(way, style), self.clip.rate)
        self._films.callback(video.close)
        return video

    def _path(self, way: str, style: str) -> Path:
        words = f"{_cut(self.clip.name)} {_cut(style)} {way}"
        name = re.sub(r"\W+", "-", words.lower()).strip("-")
        return self.workspace.folder / f"{name}.mp4"

    def at(self, number: int) -> dict[str, Pictures]:
        """Frame `number`, from 0, of the clip as "frame", and of each method, or its last one."""
        reels = {"frame": self.reel} | {name: video.reel for name, video in self.videos.items()}
        found = {name: reel.at(number) for name, reel in reels.items() if reel.frames}
        return {k: shown(pixels, counted(i + 1, None)) for k, (i, pixels) in found.items()}

    def back(self, share: float) -> dict[str, Pictures]:
        """The frame at that share of the stylised ones, 1 for the last; none before the first."""
        return self.at(round(share * (self.reel.seen - 1))) if self.reel.seen else {}

    def frames(self, most: int | None = None) -> Iterator[tuple[int, NDArray[np.uint8]]]:
        """Number, from 1, and frame, of the whole clip or of so many frames; `reel` keeps some.

        The camera's go on for as long as it is on. Where a clip ends early they end too, and the
        reason is in `damage`: what was made of them is finished first. Raises UserError for a clip
        without any.
        """
        self.reel = Reel()
        clip = islice(self.clip.frames(self.size), most)
        while True:
            try:
                pixels = next(clip, None)
            except UserError as error:
                if not self.reel.seen:
                    raise
                self.damage, pixels = error, None
            if pixels is None:
                return
            self.reel.add(pixels)
            yield self.reel.seen, pixels


def _cut(words: str) -> str:
    """As much of a name as a file's name has room for."""
    return words.encode()[:_NAMED].decode(errors="ignore")


def reading(session: VideoSession) -> Note:
    """The flicker of the methods, and where the videos are."""
    films = f"The videos are in {session.workspace.folder}."
    if "guided" not in session.videos:
        return Note(f"A feed-forward network takes one pass per frame. {films}")
    guided, alone = (session.videos[name].flicker for name in TWO)
    ratio = alone / max(guided, 1e-6)
    return Note(
        f"With the optical-flow constraint the video flickers {ratio:.1f} times less than frame by "
        f"frame. {films}",
        "good" if ratio >= 2 else "",
    )
