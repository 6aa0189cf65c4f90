"""The cards of style transfer: content, style and output image, and the optimisation history."""

from __future__ import annotations

from lab.media.pictures import Picture
from lab.payloads import Pictures
from lab.style.history import History
from lab.style.neural_style import StyleTransfer


class StyleCards:
    """The images of a run; only those that have changed are sent."""

    def __init__(self, content: Picture, styles: tuple[Picture, Picture], most: int) -> None:
        """most: the largest number of images in the history."""
        self._content, self._styles = content, styles
        self._history = History(most)
        self._past_sent: tuple[int, int, int] | None = None
        self._blend_sent: float | None = None

    def keep(self, painting: StyleTransfer) -> None:
        """Add the output image to the history, if it is time for that."""
        if self._history.due(painting.evaluations):
            self._history.keep(painting.evaluations, painting.shown())

    def hung(self, painting: StyleTransfer, moment: int, blend: float) -> dict[str, Pictures]:
        """The output "canvas"; "content", "style" and "history" where they have changed.

        moment: the image of the history that is shown as "canvas"; beyond the last one, the
        current output image is. blend: the share of the second style.
        """
        moments = self._history.moments
        back = moment < len(moments)
        picture = moments[moment].picture if back else painting.shown()
        when = moments[moment].evaluation if back else painting.evaluations
        height, width = picture.shape[:2]
        caption = f"{width} × {height} px, after {when} evaluations"
        hung = {"canvas": Pictures([picture], [caption])}
        past = len(moments), moments[-1].evaluation if moments else -1, moment
        if self._past_sent != past:
            self._past_sent = past
            chosen = moment if back else None
            hung["history"] = Pictures([one.picture for one in moments], selected=chosen)
        if self._blend_sent != blend:
            self._blend_sent = blend
            hung["content"] = Pictures([self._content.pixels], [self._content.name])
            hung["style"] = self._manner(blend)
        return hung

    def _manner(self, blend: float) -> Pictures:
        first, second = self._styles
        if blend == 0:
            return Pictures([first.pixels], [first.name])
        captions = [f"{1 - blend:.0%} {first.name}", f"{blend:.0%} {second.name}"]
        return Pictures([first.pixels, second.pixels], captions, columns=1)
