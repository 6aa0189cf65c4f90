"""Error rates, predictive values and calibration of a risk score, and what ties them together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lab.fairness.scored import DECILES, Scored

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Rates:
    """What a threshold does to one group, each in [0, 1]; NaN where nobody is counted.

    positive_rate: predicted to reoffend, of all. base_rate: who did, of all. fpr: predicted, of
    those who did not (false positives). fnr: not predicted, of those who did (false negatives).
    ppv: who did, of the predicted (positive predictive value). npv: who did not, of the others.
    accuracy: predicted as it came.
    """

    people: int
    positive_rate: float
    base_rate: float
    fpr: float
    fnr: float
    ppv: float
    npv: float
    accuracy: float


def predicted(score: NDArray[np.int64], threshold: float) -> Floats:
    """The probability with which each person is predicted to reoffend.

    1 where the score is the threshold or more. Between two scores the threshold is drawn at random
    (Hardt, Price, Srebro, 2016): at 4.3, a score of 4 is predicted with probability 0.7.
    """
    return np.clip(score - threshold + 1.0, 0.0, 1.0)


def rates(people: Scored, threshold: float) -> Rates:
    """The rates of these people at a threshold: expected ones where it is drawn at random."""
    positive, did = predicted(people.score, threshold), people.outcome
    true, false = float(positive[did].sum()), float(positive[~did].sum())
    missed, cleared = float(did.sum()) - true, float((~did).sum()) - false
    count = len(people)
    return Rates(
        count,
        _share(true + false, count),
        _share(true + missed, count),
        _share(false, false + cleared),
        _share(missed, true + missed),
        _share(true, true + false),
        _share(cleared, cleared + missed),
        _share(true + cleared, count),
    )


def _share(part: float, whole: float) -> float:
    # Sums of probabilities are not exact: what is all but nobody is nobody.
    return part / whole if whole > 1e-9 else float("nan")


def implied_fpr(base_rate: float, ppv: float, fnr: float) -> float:
    """The false positive rate that the three others leave no choice of.

    FPR = p / (1 - p) * (1 - PPV) / PPV * (1 - FNR): where base rates p differ and predictive values
    are equal, error rates cannot both be equal (Chouldechova, 2017, "Fair Prediction with Disparate
    Impact"; Kleinberg, Mullainathan, Raghavan, 2016).
    """
    return base_rate / (1 - base_rate) * (1 - ppv) / ppv * (1 - fnr)


def observed(people: Scored) -> tuple[Floats, Floats, Floats]:
    """For each decile, the share who reoffended, and the ends of its 95 % interval (Wilson, 1927).

    Three of float64 (10,); NaN for a decile that nobody has.
    """
    z = 1.959964
    count = np.array([(people.score == decile).sum() for decile in DECILES], float)
    did = np.array([people.outcome[people.score == decile].sum() for decile in DECILES], float)
    count[count == 0] = np.nan
    share = did / count
    centre = (share + z**2 / (2 * count)) / (1 + z**2 / count)
    half = z / (1 + z**2 / count) * np.sqrt(share * (1 - share) / count + z**2 / (4 * count**2))
    return share, centre - half, centre + half


def threshold_for(people: Scored, rate: str, target: float) -> float:
    """The threshold, from 1 to 11, at which a rate of these people comes nearest to `target`.

    rate: "positive_rate", "fpr" or "fnr", which rise or fall with the threshold: met exactly. "ppv"
    need not rise with it: the nearest of a fine grid.
    """
    if rate == "ppv":
        grid = np.linspace(DECILES[0], DECILES[-1], 181)
        values = np.array([rates(people, threshold).ppv for threshold in grid])
        return float(grid[np.nanargmin(np.abs(values - target))])
    return _bisected(lambda threshold: getattr(rates(people, threshold), rate) - target, rate)


def _bisected(excess: Callable[[float], float], rate: str) -> float:
    """Where `excess` crosses zero; it rises with the threshold for "fnr", and falls for others."""
    low, high = float(DECILES[0]), float(DECILES[-1] + 1)
    sign = 1.0 if rate == "fnr" else -1.0
    for _ in range(50):
        middle = (low + high) / 2
        if sign * excess(middle) < 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2
