"""The cards of the exhibit on risk scores."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from lab.fairness.rates import Rates, implied_fpr, observed, rates, threshold_for
from lab.fairness.scored import DECILES, Scored
from lab.payloads import Bars, Curve, Table

# What a threshold for each group can make equal.
EQUAL = {
    "none": "No: one threshold for all",
    "fpr": "Equal false positive rates",
    "fnr": "Equal false negative rates",
    "ppv": "Equal predictive values",
    "positive_rate": "Equal shares predicted",
}
NAMES = {
    "fpr": "False positive rate",
    "fnr": "False negative rate",
    "ppv": "Predictive value",
    "base_rate": "Base rate",
}
# ProPublica, 2016, in per cent: false positive rate, false negative rate.
PUBLISHED = {
    "All": (32.35, 37.40),
    "African-American": (44.85, 27.99),
    "Caucasian": (23.45, 47.72),
}


def slug(name: str) -> str:
    """A group's name in a metric: "African-American" to "african_american"."""
    return "_".join("".join(c.lower() if c.isalnum() else " " for c in name).split())


def thresholds(people: Scored, threshold: int, equal: str) -> dict[str, float]:
    """The threshold of each group: one for all, or those that make a rate equal."""
    if equal == "none":
        return dict.fromkeys(people.groups, float(threshold))
    target = getattr(rates(people, threshold), equal)
    return {name: threshold_for(people.of(name), equal, target) for name in people.groups}


def error_rates(people: Scored, found: Mapping[str, Rates]) -> Bars:
    """The rates of the two largest groups."""
    series = {
        name: np.array([getattr(found[name], kind) for kind in NAMES]) for name in people.groups[:2]
    }
    return Bars(tuple(NAMES.values()), series, form=".1%")


def error_curve(people: Scored, cuts: Mapping[str, float], marker: int, kind: str) -> Curve:
    """An error rate of the two largest groups against the threshold, and where each stands.

    cuts: the threshold of each group. kind: "fpr" or "fnr".
    """
    series: dict[str, Any] = {}
    for name in people.groups[:2]:
        group = people.of(name)
        series[name] = list(DECILES), [getattr(rates(group, cut), kind) for cut in DECILES]
    now = [(cuts[name], getattr(rates(people.of(name), cuts[name]), kind)) for name in series]
    series["now"] = tuple(np.array(now).T)
    return Curve(series, marker=marker, replaces=True, dots=("now",))


def calibration(people: Scored) -> Curve:
    """The share who reoffended at each decile score, with 95 % intervals."""
    cuts = np.array(DECILES, float)
    series, bands = {}, {}
    for name in people.groups[:2]:
        share, low, high = observed(people.of(name))
        series[name], bands[name] = (cuts, share), (low, high)
    return Curve(series, bands=bands, replaces=True)


def rates_table(people: Scored, threshold: int, equal: str, published: bool) -> Table:
    """The rates of all groups at one threshold, beside ProPublica's; or what equal rates cost.

    equal: a key of EQUAL; where it is not "none", the two largest groups stand at one threshold
    and at the threshold of each.
    """
    if equal != "none":
        return _costs(people, threshold, equal)
    ours = ("FPR", "ProPublica", "FNR", "ProPublica") if published else ("FPR", "FNR")
    rows = []
    for name in ("All", *people.groups):
        found = rates(people if name == "All" else people.of(name), threshold)
        figures = [percent(found.fpr), percent(found.fnr)]
        if published:
            known = [f"{rate:.2f}%" for rate in PUBLISHED.get(name, ())] or ["–", "–"]
            figures = [figures[0], known[0], figures[1], known[1]]
        rows.append([f"{name} ({found.people:,})", *figures, percent(found.ppv)])
    title = f"Rates at threshold {threshold}"
    return Table(
        ("Group (people)", *ours, "PPV"),
        rows,
        title=f"{title}; ProPublica's at 5" if published else title,
    )


def _costs(people: Scored, threshold: int, equal: str) -> Table:
    rows = []
    own = thresholds(people, threshold, equal)
    for cuts in (dict.fromkeys(people.groups, float(threshold)), own):
        for name in people.groups[:2]:
            found = rates(people.of(name), cuts[name])
            shown = (found.fpr, found.fnr, found.ppv, found.positive_rate, found.accuracy)
            rows.append([f"{name} {cuts[name]:.2f}", *(percent(share, 1) for share in shown)])
    columns = ("Group, threshold", "FPR", "FNR", "PPV", "Predicted", "Accuracy")
    return Table(columns, rows, title=EQUAL[equal])


def identity(people: Scored, threshold: int, found: Mapping[str, Rates]) -> Curve:
    """For one predictive value, the false positive rate that each base rate leaves no choice of."""
    ppv = rates(people, threshold).ppv
    fnr = np.linspace(0, 1, 101)
    series = {}
    for name in people.groups[:2]:
        forced = np.array([implied_fpr(found[name].base_rate, ppv, float(x)) for x in fnr])
        # Beyond 1 that predictive value cannot be had.
        series[name] = fnr, np.where(forced <= 1, forced, np.nan)
    now = [found[name] for name in people.groups[:2]]
    series["now"] = np.array([each.fnr for each in now]), np.array([each.fpr for each in now])
    title = f"If predictive values were equal (both {ppv:.2f})"
    return Curve(series, replaces=True, dots=("now",), title=title)


def outcome(people: Scored, found: Mapping[str, Rates]) -> str:
    """A line from the figures: who is wrongly predicted more often."""
    first, second = people.groups[:2]
    one, two = found[first], found[second]
    if any(math.isnan(x) for x in (one.fpr, two.fpr, one.fnr, two.fnr)):
        return "a group without reoffenders, or without others, has no error rate"
    figures = f"{first} {one.fpr:.1%}, {second} {two.fpr:.1%}"
    return f"wrongly predicted: {figures}".replace("%", " %")


def percent(share: float, digits: int = 2) -> str:
    """A share in per cent, with so many decimals; "–" where nobody is counted."""
    return "–" if math.isnan(share) else f"{100 * share:.{digits}f}%"
