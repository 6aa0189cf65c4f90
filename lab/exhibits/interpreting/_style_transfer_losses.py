"""Content, style and total-variation loss of each evaluation, as curves and bars."""

from __future__ import annotations

import numpy as np
import torch

from lab.errors import UserError
from lab.payloads import Bars, Curve
from lab.style.gram import Losses


class LossLog:
    """Losses stay on the device until they are shown; then one read-back fetches all of them.

    first: the losses of the initial image, drawn beside the current ones.
    """

    def __init__(self) -> None:
        self.first: Losses | None = None
        self._new: list[tuple[int, Losses]] = []

    def note(self, evaluation: int, losses: Losses) -> None:
        """Add the losses after so many evaluations."""
        self._new.append((evaluation, losses))

    def outputs(self) -> dict[str, Curve | Bars]:
        """The curves "losses" since the last call, and the bars "layers"; none if nothing is new.

        Raises UserError where the losses are not finite.
        """
        new, self._new = self._new, []
        if not new:
            return {}
        rows = [torch.stack([lost.style, lost.content, lost.variation]) for _, lost in new]
        values = torch.stack(rows).double().cpu().numpy()
        if not np.isfinite(values).all():
            raise UserError("the loss diverged: lower the weights, or choose Adam as optimiser")
        at = [evaluation for evaluation, _ in new]
        names = ("style", "content", "total variation")
        curve = Curve({name: (at, line) for name, line in zip(names, values.T, strict=True)})
        return {"losses": curve, "layers": self.bars(new[-1][1])}

    def bars(self, lost: Losses) -> Bars:
        """The style loss of each layer, of the initial and of the current output image."""
        initial = [np.nan] * len(lost.layers)
        if self.first and self.first.layers.keys() == lost.layers.keys():
            initial = [float(loss) for loss in self.first.layers.values()]
        series = {"initial": initial, "current": [float(loss) for loss in lost.layers.values()]}
        longest = np.nanmax([1.0, *series["initial"], *series["current"]])
        return Bars(list(lost.layers), series, high=longest)
