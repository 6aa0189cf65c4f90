"""Predictive policing as an urn: patrols go where arrests were recorded, and record arrests there.

Two districts. Each day one patrol is sent to one of them, drawn in proportion to the arrests
recorded so far; it records an arrest with the true rate of that district. With equal true rates
this is Pólya's urn: the share of a district has a limit, which is random, Beta(a, b) for a and b
arrests recorded at the start (Pólya, 1931). With unequal rates the higher one takes all.

Lum and Isaac (2016), "To Predict and Serve?"; Ensign, Friedler, Neville, Scheidegger,
Venkatasubramanian (2018), "Runaway Feedback Loops in Predictive Policing".
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
RULES = ("proportional", "greedy")


@dataclass
class Patrols:
    """Many independent runs of the same city, day after day.

    rates: the probability that a patrol meets an incident on a day, in each of the two districts.
    start: arrests recorded in each before the first day, above 0. rule: "proportional", or
    "greedy": always where more was recorded, a tie at random. corrected: an arrest is added to the
    records with the probability that the patrol had gone to the other district, so that what is
    recorded more often because it is looked for more often does not count more (Ensign et al.,
    section 5).

    days: how many have passed. recorded: float64 (runs, 2), what the next day's patrol is sent by.
    incidents, seen: of the last day, bool (runs, 2): whether there was an incident in a district,
    and whether the patrol met it.
    """

    rates: tuple[float, float]
    start: tuple[float, float]
    runs: int
    seed: int
    rule: str = "proportional"
    corrected: bool = False
    recorded: Floats = field(init=False)
    incidents: NDArray[np.bool_] = field(init=False)
    seen: NDArray[np.bool_] = field(init=False)
    days: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        if self.rule not in RULES:
            raise ValueError(f"no rule {self.rule}: one of {', '.join(RULES)}")
        self.incidents = self.seen = np.zeros((self.runs, 2), bool)
        self.recorded = np.tile(np.array(self.start, float), (self.runs, 1))
        self._random = np.random.default_rng(self.seed)

    def share(self) -> Floats:
        """float64 (runs,): the probability that the next patrol goes to the first district."""
        if self.rule == "greedy":
            difference = self.recorded[:, 0] - self.recorded[:, 1]
            return np.where(difference == 0, 0.5, (difference > 0).astype(float))
        shares: Floats = self.recorded[:, 0] / self.recorded.sum(1)
        return shares

    def day(self) -> Floats:
        """One more day; its shares, float64 (runs,)."""
        shares = self.share()
        # The same draws whatever the rule: runs with and without correction see the same incidents.
        draws = self._random.random((4, self.runs))
        second = (draws[0] >= shares).astype(int)
        self.incidents = np.array(self.rates) > draws[1:3].T
        self.seen = self.incidents & np.eye(2, dtype=bool)[second]
        added = self.seen
        if self.corrected:
            other = np.where(second == 0, 1 - shares, shares)
            added = added & (draws[3] < other)[:, None]
        self.recorded += added
        self.days += 1
        return shares


def beta_density(x: Floats, a: float, b: float) -> Floats:
    """The density of Beta(a, b) at x in (0, 1), both above 0: the limit of Pólya's urn."""
    constant = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    density: Floats = np.exp(constant + (a - 1) * np.log(x) + (b - 1) * np.log1p(-x))
    return density


def true_share(rates: tuple[float, float]) -> float:
    """The share of patrols that goes with the true rates: the limit with the correction."""
    return rates[0] / sum(rates)
