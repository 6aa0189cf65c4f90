"""Error rates by group: against ProPublica's figures, brute force and closed forms."""

import csv
import math
from importlib.resources import files

import numpy as np
import pytest

from lab.errors import UserError
from lab.fairness.rates import implied_fpr, observed, predicted, rates, threshold_for
from lab.fairness.scored import ATTRIBUTES, MEDIUM, Scored, compas, synthetic

# Larson et al. (2016): false positive and false negative rate in per cent; PPV and base rate.
PUBLISHED = {
    "African-American": (44.85, 27.99, 0.630, 0.514),
    "Caucasian": (23.45, 47.72, 0.591, 0.394),
}


@pytest.mark.parametrize("group", PUBLISHED)
def test_propublicas_rates_to_two_decimals_of_a_per_cent(group):
    found = rates(compas().of(group), MEDIUM)
    assert (round(100 * found.fpr, 2), round(100 * found.fnr, 2)) == PUBLISHED[group][:2]
    assert (round(found.ppv, 3), round(found.base_rate, 3)) == PUBLISHED[group][2:]


def test_propublicas_rates_of_all():
    found = rates(compas(), MEDIUM)
    assert found.people == 7214
    assert (round(100 * found.fpr, 2), round(100 * found.fnr, 2)) == (32.35, 37.40)


def test_no_name_no_date_and_no_number_of_a_case_is_kept():
    text = (files("resources") / "compas/two_years.csv").read_text(encoding="utf-8")
    head, *rows = csv.reader(text.splitlines())
    assert head == [
        *("race", "sex", "age_group", "priors", "charge_degree", "decile_score", "score_text"),
        "two_year_recidivism",
    ]
    values = [sorted({row[place] for row in rows}) for place in range(len(head))]
    assert [len(each) for each in values] == [6, 2, 3, 37, 2, 10, 3, 2]
    # Sorted, so that a line's place says nothing of whose it is.
    assert rows == sorted(rows)
    # A score of 1 to 4 is low, to 7 medium: the threshold on the score is the one on the words.
    words = {row[6] for row in rows if int(row[5]) >= MEDIUM}
    assert words == {"Medium", "High"}


@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_groups_come_largest_first_and_hold_everyone(attribute):
    people = compas(attribute)
    sizes = [len(people.of(name)) for name in people.groups]
    assert sum(sizes) == 7214
    assert sizes == sorted(sizes, reverse=True)


@pytest.fixture
def people():
    return synthetic((0.6, 0.35), 4000, seed=3)


@pytest.mark.parametrize("threshold", [1, 4, 5, 9, 10])
def test_rates_are_those_counted_one_by_one(people, threshold):
    found = rates(people, threshold)
    pairs = list(zip(people.score >= threshold, people.outcome, strict=True))
    tp, fp, fn, tn = (pairs.count(pair) for pair in ((1, 1), (1, 0), (0, 1), (0, 0)))
    assert found.fpr == pytest.approx(fp / (fp + tn))
    assert found.fnr == pytest.approx(fn / (fn + tp))
    assert found.ppv == pytest.approx(tp / (tp + fp))
    assert found.accuracy == pytest.approx((tp + tn) / len(people))
    assert found.positive_rate == pytest.approx((tp + fp) / len(people))
    if tn + fn:
        assert found.npv == pytest.approx(tn / (tn + fn))
    else:
        assert math.isnan(found.npv)


def test_a_threshold_between_two_scores_is_drawn_at_random(people):
    assert predicted(np.array([3, 4, 5]), 4.3).tolist() == pytest.approx([0, 0.7, 1])
    low, high = rates(people, 4), rates(people, 5)
    between = rates(people, 4.3)
    assert between.fpr == pytest.approx(0.7 * low.fpr + 0.3 * high.fpr)
    assert between.fnr == pytest.approx(0.7 * low.fnr + 0.3 * high.fnr)


@pytest.mark.parametrize("threshold", [3, 5, 6.5, 8])
def test_base_rate_predictive_value_and_fnr_leave_one_fpr(threshold):
    for people in (compas().of("Caucasian"), compas(), synthetic((0.2, 0.7), 500, seed=1)):
        found = rates(people, threshold)
        assert implied_fpr(found.base_rate, found.ppv, found.fnr) == pytest.approx(found.fpr)


@pytest.mark.parametrize("rate", ["fpr", "fnr", "positive_rate"])
@pytest.mark.parametrize("target", [0.2, 0.37, 0.6])
def test_a_threshold_brings_a_rate_to_a_target_exactly(people, rate, target):
    for name in people.groups:
        group = people.of(name)
        found = threshold_for(group, rate, target)
        assert getattr(rates(group, found), rate) == pytest.approx(target, abs=1e-9)


def test_a_threshold_brings_the_predictive_value_near(people):
    group = people.of("Group B")
    target = rates(group, 6).ppv
    assert rates(group, threshold_for(group, "ppv", target)).ppv == pytest.approx(target, abs=0.01)


def test_the_synthetic_score_is_calibrated_and_its_error_rates_differ():
    people = synthetic((0.55, 0.35), 200_000, seed=0)
    first, second = (people.of(name) for name in people.groups)
    for group in (first, second):
        share, low, high = observed(group)
        # The mean risk of a decile lies inside it, whatever the group.
        assert (np.abs(share - (np.arange(10) + 0.5) / 10) < 0.05).all()
        assert (low < share).all()
        assert (share < high).all()
    assert rates(first, 5).base_rate == pytest.approx(0.55, abs=0.005)
    assert rates(first, 5).fpr > rates(second, 5).fpr + 0.1
    assert rates(first, 5).fnr < rates(second, 5).fnr - 0.05


def test_wilsons_interval():
    # 10 of 50: Wilson's 95 % interval is 0.1124 to 0.3304 (Newcombe, 1998, by the formula).
    people = Scored(("a",), np.zeros(50, int), np.full(50, 3), np.arange(50) < 10)
    share, low, high = observed(people)
    assert (share[2], round(low[2], 4), round(high[2], 4)) == (0.2, 0.1124, 0.3304)
    assert np.isnan(share[[0, 1, 3]]).all()


def test_what_is_not_there_is_refused_in_one_line():
    with pytest.raises(UserError, match="did you mean Caucasian"):
        compas().of("Causasian")
    with pytest.raises(UserError, match="no attribute rac: did you mean race"):
        compas("rac")
    with pytest.raises(UserError, match="base rate 1: it must lie between 0 and 1"):
        synthetic((1.0, 0.5), 10, seed=0)


def test_the_same_seed_gives_the_same_people():
    one, two = (synthetic((0.5, 0.4), 100, seed=4) for _ in range(2))
    assert (one.score == two.score).all()
    assert (one.outcome == two.outcome).all()
