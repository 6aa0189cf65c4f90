"""Risk scores: one threshold, the error rates of each group, and what cannot be equal at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from lab.exhibit import Exhibit, Frame, Knobs, Metric, Output
from lab.exhibits.failures._risk_scores_cards import (
    EQUAL,
    calibration,
    error_curve,
    error_rates,
    identity,
    outcome,
    rates_table,
    slug,
    thresholds,
)
from lab.fairness.rates import rates
from lab.fairness.scored import ATTRIBUTES, DECILES, MEDIUM, Scored, compas, synthetic
from lab.parameters import Choice, Number, When
from lab.payloads import Bars, Curve, Table
from lab.workspace import Workspace

DATA = {"compas": "COMPAS (ProPublica)", "synthetic": "Two synthetic groups"}
# Of each synthetic group: enough for error rates to the third digit.
PEOPLE = 20_000


@dataclass(frozen=True)
class Parameters:
    """The people, the threshold, and what is made equal by a threshold for each group."""

    data: Annotated[
        str, Choice("People", DATA, help="Synthetic: the score is calibrated by construction.")
    ] = "compas"
    attribute: Annotated[
        str, Choice("Groups", ATTRIBUTES, when=When("data", "compas"))
    ] = "race"  # fmt: skip
    threshold: Annotated[
        int,
        Number("Threshold", DECILES[0], DECILES[-1], live=True,
               help="Predicted to reoffend: this decile score or more. 5: medium and high."),
    ] = MEDIUM  # fmt: skip
    equal: Annotated[
        str,
        Choice("A threshold for each group", EQUAL, live=True,
               help="Chosen so that this rate is equal to that of all people at the threshold."),
    ] = "none"  # fmt: skip
    base_a: Annotated[
        float,
        Number("Base rate of group A", 0.05, 0.95, step=0.01, form=".2f", live=True,
               when=When("data", "synthetic")),
    ] = 0.55  # fmt: skip
    base_b: Annotated[
        float,
        Number("Base rate of group B", 0.05, 0.95, step=0.01, form=".2f", live=True,
               when=When("data", "synthetic")),
    ] = 0.35  # fmt: skip


OUTPUTS = (
    Output("rates", Bars, "Error rates by group", (0, 0, 6, 6), x="share"),
    Output("fpr", Curve, "False positive rate", (0, 6, 6, 3),
           x="threshold", y="of those who did not", y_range=(0, 1)),
    Output("fnr", Curve, "False negative rate", (0, 9, 6, 3),
           x="threshold", y="of those who did", y_range=(0, 1)),
    Output("table", Table, "Rates by group, and ProPublica's", (6, 0, 6, 6)),
    Output("calibration", Curve, "Calibration: reoffended, by score", (6, 6, 6, 3),
           x="decile score", y="share", y_range=(0, 1)),
    Output("identity", Curve, "Equal predictive value", (6, 9, 6, 3),
           x="false negative rate", y="false positive rate", y_range=(0, 1)),
)  # fmt: skip

METRICS = (
    Metric("fpr_gap", "False positive rate: difference", ".1%"),
    Metric("fnr_gap", "False negative rate: difference", ".1%"),
    Metric("ppv_gap", "Predictive value: difference", ".1%"),
    Metric("fpr_*", "False positive rate", ".2%", shown=False),
    Metric("fnr_*", "False negative rate", ".2%", shown=False),
    Metric("ppv_*", "Positive predictive value", ".2%", shown=False),
    Metric("base_rate_*", "Base rate", ".2%", shown=False),
    Metric("threshold_*", "Threshold", ".2f", shown=False),
)


def people_of(now: Parameters, seed: int) -> Scored:
    """The people that the parameters ask for."""
    if now.data == "compas":
        return compas(now.attribute)
    return synthetic((now.base_a, now.base_b), PEOPLE, seed)


def looks(now: Parameters, people: Scored) -> Frame:
    """All cards, and the rates of each group."""
    cuts = thresholds(people, now.threshold, now.equal)
    found = {name: rates(people.of(name), cut) for name, cut in cuts.items()}
    first, second = (found[name] for name in people.groups[:2])
    metrics: dict[str, float] = {}
    for name, each in found.items():
        for kind in ("fpr", "fnr", "ppv", "base_rate"):
            metrics[f"{kind}_{slug(name)}"] = getattr(each, kind)
        metrics[f"threshold_{slug(name)}"] = cuts[name]
    for kind in ("fpr", "fnr", "ppv"):
        metrics[f"{kind}_gap"] = getattr(first, kind) - getattr(second, kind)
    published = now.data == "compas" and now.attribute == "race"
    return Frame(
        {
            "rates": error_rates(people, found),
            "fpr": error_curve(people, cuts, now.threshold, "fpr"),
            "fnr": error_curve(people, cuts, now.threshold, "fnr"),
            "calibration": calibration(people),
            "table": rates_table(people, now.threshold, now.equal, published),
            "identity": identity(people, now.threshold, found),
        },
        metrics,
        outcome(people, found),
        1.0,
    )


def run(knobs: Knobs[Parameters], workspace: Workspace) -> Iterator[Frame]:
    """All cards at once, and again whenever a live parameter turns."""
    while True:
        now = knobs.now
        yield looks(now, people_of(now, workspace.seed))
        while knobs.now == now:
            yield Frame(rest=True)


EXHIBIT = Exhibit(
    Parameters,
    run,
    OUTPUTS,
    caption="ProPublica compared the COMPAS scores of people arrested in Broward County, Florida, "
    "with whether they were charged again within two years: new charges, not new offences. A score "
    "means about the same in both groups, and yet at one threshold it errs differently in each. "
    "Where base rates differ, calibration and equal error rates cannot both hold: turn the "
    "threshold, or give each group its own.",
    source="Larson et al., 2016 (ProPublica); Chouldechova, 2017; Kleinberg et al., 2016",
    metrics=METRICS,
    follows=True,
    seeded=True,
    main="rates",
)
