"""The cards of activation maximisation: images, scores, probabilities, and how to read them."""

from __future__ import annotations

from typing import Any

import numpy as np
from torch import Tensor

from lab.exhibit import Frame, Knobs
from lab.explanation.ascent import Ascent, Reading
from lab.networks.models import Classifier
from lab.networks.pixels import as_pixels
from lab.payloads import Bars, Curve, Note, Pictures
from lab.system.clock import rate

FIVE = 5
ROWS = ("without", "with")
LABELS = tuple(f"{row} regularisation" for row in ROWS)
# From this probability on an image counts as recognised.
SURE = 0.9


def reading(name: str, seen: Reading, target: int | None) -> Note:
    """What the class probabilities of the two images show."""
    if target is None:
        return Note(
            f"The image with regularisation maximises {name}. Neurons of early layers respond to "
            "edges and colours, later ones to textures, parts and objects."
        )
    without, with_ = seen.probabilities[:, target].tolist()
    if with_ < SURE:
        return Note(
            f"The network predicts {name} with p = {with_:.2f} only: give it more steps or weaker "
            "regularisation.",
            "bad",
        )
    if without < SURE:
        return Note(
            f"The network predicts {name} for the image with regularisation (p = {with_:.2f}), not "
            f"for the one without (p = {without:.2f}).",
            "good",
        )
    return Note(
        f"The network predicts {name} for both images (p = {without:.2f} without regularisation, "
        f"{with_:.2f} with), but we see it in one at most. A high score does not make a natural "
        "image; regularisation favours natural ones.",
        "good",
    )


class ClassImageCards:
    """Frames from the state of the gradient ascent."""

    def __init__(
        self,
        knobs: Knobs[Any],
        model: Classifier,
        ascent: Ascent,
        name: str,
        target: int | None,
    ) -> None:
        self._model, self._ascent, self._name, self._target = model, ascent, name, target
        self._clock, self._begun = knobs.clock, knobs.clock()
        self._aim = "the most probable class" if target is None else name
        self._before: float | None = None

    def look(self, total: int) -> Frame:
        """The images, their scores and their class probabilities."""
        pictures, seen = self._ascent.pictures(), self._ascent.read()
        step = self._ascent.steps
        scores = seen.scores.tolist()
        if self._before is None:
            self._before = scores[1]
        outputs = self._outputs(pictures, seen, scores, step)
        probabilities = seen.probabilities
        aim = int(probabilities[1].argmax()) if self._target is None else self._target
        pace = rate(step, self._clock() - self._begun)
        return Frame(
            outputs,
            {
                "score_start": self._before,
                "score_end": scores[1],
                "score_end_without": scores[0],
                "probability_end": float(probabilities[1, aim]),
                "steps_per_second": pace,
            },
            f"step {step} of {total}: maximising {self._name}",
            step / total,
            f"{pace:.0f} steps/s",
        )

    def _outputs(
        self, pictures: Tensor, seen: Reading, scores: list[float], step: int
    ) -> dict[str, Pictures | Curve | Bars | Note]:
        probabilities = seen.probabilities
        values, indices = probabilities[1].topk(min(FIVE, probabilities.shape[1]))
        labels = [self._model.classes[i] for i in indices.tolist()]
        if self._target is None:
            aims = {"most probable": (step, float(values[0]))}
        else:
            both = probabilities[:, self._target].tolist()
            aims = {name: (step, value) for name, value in zip(LABELS, both, strict=True)}
        return {
            **{
                name: Pictures([as_pixels(pictures[k : k + 1])], [f"score {scores[k]:.1f}"])
                for k, name in enumerate(ROWS)
            },
            "score": Curve(
                {name: (step, scores[k]) for k, name in enumerate(LABELS)},
                title=f"Activation of {self._name}" if self._target is None else "",
            ),
            "probability": Curve(aims, title=f"Probability of {self._aim}"),
            "top": Bars(labels, {"probability": values.cpu().numpy().astype(np.float64)}),
            "reading": reading(self._name, seen, self._target),
        }
