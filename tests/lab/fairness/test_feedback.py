"""The feedback loop against the closed forms of Pólya's urn."""

import math

import numpy as np
import pytest

from lab.fairness.feedback import Patrols, beta_density, true_share


def after(days, **settings):
    patrols = Patrols(
        **{"rates": (1.0, 1.0), "start": (1, 1), "runs": 20_000, "seed": 0} | settings
    )
    for _ in range(days):
        patrols.day()
    return patrols


def test_with_sure_incidents_it_is_polyas_urn_uniform_after_any_number_of_draws():
    patrols = after(9)
    counts = np.bincount(patrols.recorded[:, 0].astype(int), minlength=11)[1:11]
    # From one ball of each colour, each of the ten compositions has the same probability.
    assert counts.sum() == 20_000
    assert np.abs(counts / 2000 - 1).max() < 0.08


@pytest.mark.parametrize("start", [(2, 2), (3, 1), (1, 4)])
def test_the_composition_is_beta_binomial(start):
    days, (a, b) = 12, start
    patrols = after(days, start=start)

    def log_beta(x, y):
        return math.lgamma(x) + math.lgamma(y) - math.lgamma(x + y)

    for k in range(days + 1):
        expected = math.comb(days, k) * math.exp(log_beta(k + a, days - k + b) - log_beta(a, b))
        found = (patrols.recorded[:, 0] == a + k).mean()
        assert found == pytest.approx(expected, abs=4 * math.sqrt(expected / 20_000) + 1e-3)


def test_its_share_is_a_martingale_and_spreads_to_the_limits_variance():
    patrols = after(600, runs=4000, rates=(0.5, 0.5), start=(2, 2))
    shares = patrols.share()
    assert shares.mean() == pytest.approx(0.5, abs=0.015)
    # Beta(2, 2) has the variance 1 / 20.
    assert shares.var() == pytest.approx(0.05, rel=0.08)


def test_the_higher_rate_takes_all_though_it_is_only_a_little_higher():
    shares = [after(days, runs=500, rates=(0.9, 0.6)).share().mean() for days in (100, 3000)]
    assert 0.6 < shares[0] < shares[1]
    # In proportion to the true rates it would be 0.6.
    assert shares[1] > 0.85


@pytest.mark.parametrize("rates", [(0.5, 0.5), (0.6, 0.3)])
def test_corrected_it_goes_to_the_true_share(rates):
    shares = after(4000, runs=300, rates=rates, corrected=True).share()
    assert shares.mean() == pytest.approx(true_share(rates), abs=0.01)
    assert shares.std() < 0.03


def test_greedy_never_looks_elsewhere_again():
    patrols = after(50, runs=200, rates=(0.7, 0.7), rule="greedy")
    assert set(patrols.share().tolist()) == {0.0, 1.0}
    # What the first arrest decided is final: the other district has what it began with.
    assert (patrols.recorded.min(1) == 1).all()


def test_both_see_the_same_incidents_with_and_without_correction():
    plain, corrected = (after(0, runs=5, rates=(0.5, 0.5), corrected=fix) for fix in (False, True))
    for day in range(1, 31):
        recorded = [each.recorded.copy() for each in (plain, corrected)]
        plain.day()
        corrected.day()
        assert np.array_equal(plain.incidents, corrected.incidents)
        # Only where there was an incident, and in one district a day.
        assert not (plain.seen & ~plain.incidents).any()
        assert plain.seen.sum(1).max() <= 1
        assert np.array_equal(plain.recorded - recorded[0], plain.seen)
        assert (corrected.recorded - recorded[1] <= corrected.seen).all()
        assert plain.days == day


def test_the_density_of_beta():
    x = (np.arange(2000) + 0.5) / 2000
    for a, b in ((1, 1), (2, 2), (3, 1), (0.5, 0.5)):
        assert beta_density(x, a, b).mean() == pytest.approx(1, abs=0.02)
    assert beta_density(np.array([0.5]), 2, 2)[0] == pytest.approx(1.5)
    assert beta_density(np.array([0.25]), 3, 1)[0] == pytest.approx(3 * 0.25**2)


def test_a_rule_that_there_is_not():
    with pytest.raises(ValueError, match="no rule random"):
        Patrols((0.5, 0.5), (1, 1), 1, 0, rule="random")
