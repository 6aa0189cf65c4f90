"""Predictive policing as a simulation: how a small first difference runs away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import numpy as np

from lab.exhibit import Exhibit, Frame, Knobs, Metric, Output
from lab.exhibits.failures._feedback_loop_cards import WATCHED, City, both, pictures
from lab.fairness.feedback import Patrols
from lab.parameters import Choice, Number
from lab.payloads import Curve, Histogram, Pictures, Table
from lab.workspace import Workspace

RULES = {
    "proportional": "In proportion to recorded arrests",
    "greedy": "Always where most were recorded",
}
# Frames in which the days pass, and seconds between them.
SHOWN_IN, APART = 90, 0.04


@dataclass(frozen=True)
class Parameters:
    """The true rates, the arrests recorded at the start, and where patrols are sent."""

    rate_a: Annotated[
        float,
        Number("True rate of district A", 0.01, 1, step=0.01, form=".2f",
               help="The probability that a patrol there meets an incident on a day."),
    ] = 0.5  # fmt: skip
    rate_b: Annotated[
        float, Number("True rate of district B", 0.01, 1, step=0.01, form=".2f")
    ] = 0.5  # fmt: skip
    start_a: Annotated[
        int, Number("Arrests recorded before: district A", 1, 100, log=True)
    ] = 1  # fmt: skip
    start_b: Annotated[
        int, Number("Arrests recorded before: district B", 1, 100, log=True)
    ] = 1  # fmt: skip
    rule: Annotated[str, Choice("Patrols are sent", RULES)] = "proportional"
    days: Annotated[int, Number("Days", 25, 10_000, log=True)] = 900
    city: Annotated[
        int, Number("City drawn above", 1, WATCHED, live=True, help="Of those in the plot below.")
    ] = 2  # fmt: skip
    runs: Annotated[
        int, Number("Cities", 20, 10_000, log=True, help="Independent runs of the same city.")
    ] = 2000  # fmt: skip


OUTPUTS = (
    Output("city", Pictures, "One city: each square is a day of a district", (0, 0, 6, 12)),
    Output("share", Curve, "Patrols sent to district A", (6, 0, 6, 5),
           x="day", y="share of patrols", y_range=(0, 1)),
    Output("limit", Histogram, "Where all cities end", (6, 5, 6, 3),
           x="share of patrols in district A", y="cities"),
    Output("table", Table, "All cities, on the last day", (6, 8, 6, 4)),
)  # fmt: skip

METRICS = (
    Metric("one_sided", "Cities with over 3/4 of patrols in one district", ".0%"),
    Metric("one_sided_corrected", "Corrected", ".0%"),
    Metric("true_share", "Share of district A by its true rate", ".2f", shown=False),
    Metric("share_mean", "Mean share of patrols in district A", ".3f", shown=False),
    Metric("share_spread", "Its standard deviation over cities", ".3f", shown=False),
    Metric("share_mean_corrected", "Mean share, corrected", ".3f", shown=False),
    Metric("share_spread_corrected", "Its standard deviation, corrected", ".3f", shown=False),
)


def run(knobs: Knobs[Parameters], workspace: Workspace) -> Iterator[Frame]:
    """Day after day, with and without the correction, on the same incidents."""
    now = knobs.now
    rates, start = (now.rate_a, now.rate_b), (float(now.start_a), float(now.start_b))
    plain, corrected = (
        City(Patrols(rates, start, now.runs, workspace.seed, now.rule, corrected=fix), now.days)
        for fix in (False, True)
    )
    stops = np.unique(np.linspace(1, now.days, min(SHOWN_IN, now.days)).round().astype(int))
    done = 0
    for stop in stops:
        for _ in range(stop - done):
            plain.day()
            corrected.day()
        done = int(stop)
        now = knobs.now
        frame = both(plain, corrected, now.city)
        yield frame.then(Frame(progress=done / now.days, after=APART))
    yield Frame(status=plain.outcome(), progress=1.0)
    while True:
        if knobs.now == now:
            yield Frame(rest=True)
        else:
            now = knobs.now
            yield Frame({"city": pictures(plain, corrected, now.city)})


EXHIBIT = Exhibit(
    Parameters,
    run,
    OUTPUTS,
    caption="Synthetic data: two districts, at first of one true rate of incidents. Patrols go "
    "where arrests were recorded, and arrests are recorded where patrols are: each city settles on "
    "a share of its own that says nothing of the truth. Counting an arrest less where patrols go "
    "more often (correction) brings the true share back.",
    source="Lum and Isaac, 2016; Ensign et al., 2018; Rieland, 2018",
    metrics=METRICS,
    follows=True,
    seeded=True,
    quick={"days": 40, "runs": 40},
    main="city",
)
