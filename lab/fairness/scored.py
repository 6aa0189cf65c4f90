"""People with a risk score, and what came of them: real ones and two synthetic groups."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from lab.errors import UserError
from lab.parameters import advice

DECILES = range(1, 11)
# The groups that can be compared, and their names on the screen.
ATTRIBUTES = {"race": "Race", "sex": "Sex", "age_group": "Age group"}
# What ProPublica counts as predicted to reoffend: "Medium" (5 to 7) and "High" (8 to 10).
MEDIUM = 5


@dataclass(frozen=True)
class Scored:
    """People of several groups.

    groups: their names. group: int64 (N,), an index of a name. score: int64 (N,), the decile score
    from 1, lowest risk, to 10. outcome: bool (N,), whether it happened.
    """

    groups: tuple[str, ...]
    group: NDArray[np.int64]
    score: NDArray[np.int64]
    outcome: NDArray[np.bool_]

    def of(self, name: str) -> Scored:
        """The people of one group. Raises UserError, with the nearest name, for an unknown one."""
        if name not in self.groups:
            raise UserError(f"no group {name}: {advice(name, self.groups)}")
        inside = self.group == self.groups.index(name)
        return Scored((name,), self.group[inside] * 0, self.score[inside], self.outcome[inside])

    def __len__(self) -> int:
        return len(self.score)


@cache
def _table() -> dict[str, NDArray[np.str_]]:
    text = (files("resources") / "compas/two_years.csv").read_text(encoding="utf-8")
    head, *rows = csv.reader(text.splitlines())
    return dict(zip(head, np.array(rows).T, strict=True))


def compas(attribute: str = "race") -> Scored:
    """ProPublica's 7,214 people of Broward County, 2013 to 2014, in groups by an attribute.

    attribute: a key of ATTRIBUTES. Groups come largest first. outcome: charged with a new offence
    within two years. Raises UserError for an unknown attribute.

    Larson, Mattu, Kirchner, Angwin (2016), "How We Analyzed the COMPAS Recidivism Algorithm".
    """
    if attribute not in ATTRIBUTES:
        raise UserError(f"no attribute {attribute}: {advice(attribute, ATTRIBUTES)}")
    table = _table()
    names, group, count = np.unique(table[attribute], return_inverse=True, return_counts=True)
    order = np.argsort(-count, kind="stable")
    rank = np.argsort(order)
    return Scored(
        tuple(str(name) for name in names[order]),
        rank[group].astype(np.int64),
        table["decile_score"].astype(np.int64),
        table["two_year_recidivism"] == "1",
    )


def synthetic(
    base_rates: tuple[float, float], people: int, seed: int, concentration: float = 3.0
) -> Scored:
    """Two groups whose score is calibrated by construction: a decile means one risk in both.

    Each person's risk is drawn from a Beta distribution with the group's base rate as mean and
    `concentration` = a + b; the score is the decile of the risk, the outcome happens with that
    risk. base_rates: strictly between 0 and 1. people: in each group.
    """
    for rate in base_rates:
        if not 0 < rate < 1:
            raise UserError(f"base rate {rate:g}: it must lie between 0 and 1")
    random = np.random.default_rng(seed)
    risks = [random.beta(p * concentration, (1 - p) * concentration, people) for p in base_rates]
    risk = np.concatenate(risks)
    return Scored(
        ("Group A", "Group B"),
        np.repeat(np.arange(2), people),
        np.clip(np.ceil(10 * risk), 1, 10).astype(np.int64),
        random.random(len(risk)) < risk,
    )
