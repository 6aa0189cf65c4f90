"""What a painting lacked, evaluation by evaluation, as the screen shows it."""

from __future__ import annotations

import numpy as np
import torch

from lab.errors import UserError
from lab.payloads import Bars, Curve
from lab.style.gram import Losses


class LossLog:
    """Losses wait on the device until somebody looks; then all come over in one read-back.

    first: what the start lacked, for the bars to be compared with.
    """

    def __init__(self) -> None:
        self.first: Losses | None = None
        self._new: list[tuple[int, Losses]] = []

    def note(self, evaluation: int, losses: Losses) -> None:
        """What the canvas lacked after so many evaluations."""
        self._new.append((evaluation, losses))

    def outputs(self) -> dict[str, Curve | Bars]:
        """The curves "losses" since the last time, and the bars "layers"; none if nothing is new.

        Raises UserError where the losses are no longer numbers.
        """
        new, self._new = self._new, []
        if not new:
            return {}
        rows = [torch.stack([lost.style, lost.content, lost.variation]) for _, lost in new]
        values = torch.stack(rows).double().cpu().numpy()
        if not np.isfinite(values).all():
            raise UserError("the paint ran away: lower the weights, or choose Adam as optimiser")
        at = [evaluation for evaluation, _ in new]
        names = ("style", "content", "total variation")
        curve = Curve({name: (at, line) for name, line in zip(names, values.T, strict=True)})
        return {"losses": curve, "layers": self.bars(new[-1][1])}

    def bars(self, lost: Losses) -> Bars:
        """What each layer of the style lacks, and lacked at first."""
        series = {"now": [float(loss) for loss in lost.layers.values()]}
        if self.first and self.first.layers.keys() == lost.layers.keys():
            series["at first"] = [float(loss) for loss in self.first.layers.values()]
        longest = max(1.0, *(max(values) for values in series.values()))
        return Bars(list(lost.layers), series, high=longest)
