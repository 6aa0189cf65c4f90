"""Risk scores: ProPublica's figures on the card, and what the threshold and the groups change."""

from dataclasses import replace

import numpy as np
import pytest

from lab import catalog
from lab.errors import UserError
from lab.exhibit import Knobs
from lab.exhibits.failures._risk_scores_cards import slug

EXHIBIT = catalog.load("failures/risk_scores")


def shown(**values):
    """The first frame: (outputs, metrics, status)."""
    frame = next(EXHIBIT.run(**values))
    return frame.outputs, frame.metrics, frame.status


def test_its_figures_are_propublicas():
    outputs, metrics, status = shown()
    published = {
        "fpr_african_american": 0.4485,
        "fnr_african_american": 0.2799,
        "fpr_caucasian": 0.2345,
        "fnr_caucasian": 0.4772,
    }
    assert {name: round(metrics[name], 4) for name in published} == published
    rows = {row[0].split(" (")[0]: row for row in outputs["table"].rows}
    for name in ("All", "African-American", "Caucasian"):
        _, fpr, beside_fpr, fnr, beside_fnr, _ = rows[name]
        assert (fpr, fnr) == (beside_fpr, beside_fnr)
    assert rows["Hispanic"][2] == "–"
    assert status == "wrongly predicted: African-American 44.8 %, Caucasian 23.5 %"


def test_a_threshold_for_each_group_makes_one_rate_equal_and_others_not():
    for kind in ("fpr", "fnr", "positive_rate"):
        outputs, metrics, _ = shown(equal=kind)
        rows = outputs["table"].rows
        cuts = [row[0].rsplit(" ", 1)[1] for row in rows]
        assert cuts[0] == cuts[1] == "5.00"
        assert cuts[2] != cuts[3]
        if kind != "positive_rate":
            assert metrics[f"{kind}_gap"] == pytest.approx(0, abs=1e-9)
        assert abs(metrics["ppv_gap"]) > 0.05
    _, metrics, _ = shown(equal="ppv")
    assert abs(metrics["ppv_gap"]) < 0.01
    # Equal predictive values widen what is unequal in the error rates.
    assert metrics["fpr_gap"] > shown()[1]["fpr_gap"]


def test_the_threshold_moves_every_rate():
    low, high = (shown(threshold=cut)[1] for cut in (3, 8))
    for group in ("african_american", "caucasian"):
        assert low[f"fpr_{group}"] > high[f"fpr_{group}"]
        assert low[f"fnr_{group}"] < high[f"fnr_{group}"]


def test_the_points_of_now_lie_on_the_curves():
    outputs, metrics, _ = shown(threshold=7)
    for kind in ("fpr", "fnr"):
        curve = outputs[kind]
        x, y = curve.series["now"]
        assert x.tolist() == [7, 7]
        for name, rate in zip(("African-American", "Caucasian"), y, strict=True):
            cuts, rates = curve.series[name]
            assert rates[cuts == 7] == rate == metrics[f"{kind}_{slug(name)}"]


def test_synthetic_groups_of_one_base_rate_have_one_error_rate_and_others_do_not():
    _, same, _ = shown(data="synthetic", base_a=0.5, base_b=0.5)
    assert abs(same["fpr_gap"]) < 0.02
    outputs, apart, _ = shown(data="synthetic", base_a=0.6, base_b=0.3)
    assert apart["fpr_gap"] > 0.15
    # The score is calibrated in both all the same.
    first, second = (outputs["calibration"].series[name][1] for name in ("Group A", "Group B"))
    assert np.nanmax(np.abs(first - second)) < 0.08


def test_turning_the_threshold_shows_its_rates_without_a_new_run():
    knobs = Knobs(EXHIBIT.parameters(), attended=True)
    frames = EXHIBIT.run(knobs=knobs)
    first = next(frames)
    assert next(frames).rest
    knobs.now = replace(knobs.now, threshold=8)
    turned = next(frames)
    assert turned.metrics["fpr_caucasian"] < first.metrics["fpr_caucasian"]


def test_groups_by_another_attribute_have_no_published_figures_beside_them():
    outputs, metrics, _ = shown(attribute="sex")
    assert "ProPublica" not in outputs["table"].columns
    assert {"fpr_male", "fpr_female"} < set(metrics)


def test_a_threshold_beyond_the_scores_is_refused_in_one_line():
    with pytest.raises(UserError, match="threshold=11: choose from 1 to 10"):
        shown(threshold=11)
    with pytest.raises(UserError, match="equal=accuracy: choose from none, fpr"):
        shown(equal="accuracy")
