"""One city's days drawn, the shares over time, and where all cities end."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab.exhibit import Frame
from lab.fairness.feedback import Patrols, beta_density, true_share
from lab.media.colours import ORANGE, SKY
from lab.payloads import Curve, Histogram, Pictures, Table

# Cities whose every day is kept, bins of the histogram, and pixels of a day's square.
WATCHED, BINS, CELL = 4, 25, 10
# More patrols than this in one district is one-sided.
MOST = 0.75
# A day without an incident, and a day that is still to come.
QUIET, AHEAD, BORDER = (58, 66, 78), (33, 38, 46), (20, 24, 30)


class City:
    """The patrols of many cities with what is drawn of them."""

    def __init__(self, patrols: Patrols, days: int) -> None:
        self.patrols, self.days = patrols, days
        self._fresh: list[NDArray[np.float64]] = []
        self._first = 1
        # Of each day, city and district: whether there was an incident, and whether it was seen.
        self._there = np.zeros((days, WATCHED, 2), bool)
        self._met = np.zeros((days, WATCHED, 2), bool)

    def day(self) -> None:
        """One more day."""
        today = self.patrols.days
        self._fresh.append(self.patrols.day())
        self._there[today] = self.patrols.incidents[:WATCHED]
        self._met[today] = self.patrols.seen[:WATCHED]

    def lines(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The days since the last time, (days,), and the shares of all cities, (days, runs)."""
        shares = np.array(self._fresh)
        days = np.arange(self._first, self._first + len(shares), dtype=float)
        self._first += len(shares)
        self._fresh = []
        return days, shares

    def one_sided(self) -> float:
        """The share of cities with most of their patrols in one district."""
        share = self.patrols.share()
        return float(((share > MOST) | (share < 1 - MOST)).mean())

    def drawn(self, city: int, district: int) -> NDArray[np.uint8]:
        """uint8 (edge, edge, 3): the days of a city's district as squares, row by row."""
        edge = math.ceil(math.sqrt(self.days))
        today = self.patrols.days
        there, met = (each[:today, city, district] for each in (self._there, self._met))
        cells = np.empty((edge * edge, 3), np.uint8)
        cells[:] = AHEAD
        cells[:today] = QUIET
        cells[:today][there] = SKY
        cells[:today][met] = ORANGE
        squares = cells.reshape(edge, edge, 3).repeat(CELL, 0).repeat(CELL, 1)
        squares[CELL - 1 :: CELL] = squares[:, CELL - 1 :: CELL] = BORDER
        return squares

    def words(self, city: int, district: int) -> str:
        """What happened in a district of a city, and what was recorded of it."""
        there, met = (each[:, city, district].sum() for each in (self._there, self._met))
        return f"district {'AB'[district]}: {there:,} incidents\n{met:,} recorded"

    def outcome(self) -> str:
        """A line from the figures."""
        share = self.patrols.share()
        low, high = np.quantile(share, (0.05, 0.95))
        return (
            f"true share of district A {true_share(self.patrols.rates):.2f}; its patrols in nine "
            f"cities of ten: {low:.2f} to {high:.2f}"
        )


def pictures(plain: City, corrected: City, city: int) -> Pictures:
    """The days of one city, without the correction and with it. city: from 1 to WATCHED."""
    ways = {"as recorded": plain, "corrected": corrected}
    drawn = [way.drawn(city - 1, district) for way in ways.values() for district in range(2)]
    words = [
        f"{name}, {way.words(city - 1, district)}"
        for name, way in ways.items()
        for district in range(2)
    ]
    title = f"City {city}, a square a day: orange recorded, blue an incident nobody saw"
    return Pictures(drawn, words, columns=4, title=title)


def both(plain: City, corrected: City, city: int) -> Frame:
    """All cards, on the present day."""
    days, shares = plain.lines()
    series: dict[str, Any] = {
        f"city {number + 1}": (days, shares[:, number]) for number in range(WATCHED)
    }
    days, shares = corrected.lines()
    mean = "corrected: mean of all, 90 % of cities"
    series[mean] = days, shares.mean(1)
    bands = {mean: tuple(np.quantile(shares, (0.05, 0.95), axis=1))}
    cities = {"as recorded": plain, "corrected": corrected}
    return Frame(
        {
            "city": pictures(plain, corrected, city),
            "share": Curve(series, bands=bands),
            "limit": _limit(plain, corrected),
            "table": _table(cities),
        },
        {
            "one_sided": plain.one_sided(),
            "one_sided_corrected": corrected.one_sided(),
            "true_share": true_share(plain.patrols.rates),
            "share_mean": float(plain.patrols.share().mean()),
            "share_spread": float(plain.patrols.share().std()),
            "share_mean_corrected": float(corrected.patrols.share().mean()),
            "share_spread_corrected": float(corrected.patrols.share().std()),
        },
        f"day {plain.patrols.days:,} of {plain.days:,}",
    )


def _limit(plain: City, corrected: City) -> Histogram:
    edges = np.linspace(0, 1, BINS + 1)
    counts = {
        name: np.histogram(city.patrols.share(), edges)[0].astype(float)
        for name, city in (("as recorded", plain), ("corrected", corrected))
    }
    patrols = plain.patrols
    if patrols.rule == "proportional" and patrols.rates[0] == patrols.rates[1]:
        a, b = patrols.start
        # The limit of Pólya's urn, averaged over each bin.
        fine = (np.arange(BINS * 40) + 0.5) / (BINS * 40)
        expected = beta_density(fine, a, b).reshape(BINS, 40).mean(1) / BINS * patrols.runs
        counts[f"limit: Beta({a:g}, {b:g})"] = expected
    return Histogram(edges, counts)


def _table(cities: dict[str, City]) -> Table:
    rows = []
    for name, city in cities.items():
        share = city.patrols.share()
        low, high = np.quantile(share, (0.05, 0.95))
        rows.append([name, f"{share.mean():.2f}", f"{low:.2f} to {high:.2f}"])
    rows.append(["true rates", f"{true_share(cities['corrected'].patrols.rates):.2f}", ""])
    return Table(("Patrols in A", "Mean", "90 % of cities"), rows)
