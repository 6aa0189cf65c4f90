"""Every attack of the table: bounds, shapes, success, determinism, and what it must leave alone.

A new attack is tested by its line. What each computes is tested in the file of its name.
"""

from dataclasses import replace

import pytest
import torch

from lab.attacks import ATTACKS, NORMS, AttackSettings, Fgsm, titles
from tests.lab.attacks.samples import SHAPE, predicted, seeded

every = pytest.mark.parametrize("name", ATTACKS)
LARGE = AttackSettings(0.7, iterations=6, restarts=2)


def run(name, model, images, labels, settings=LARGE, **options):
    """The attack, at its end, with its predictions."""
    torch.manual_seed(3)
    attack = ATTACKS[name].begin(model, images, labels, settings, **options)
    for _ in attack.steps():
        pass
    return attack


@every
def test_adversarial_images_are_images(name, small):
    images = torch.rand(4, *SHAPE, generator=seeded()).round()
    found = run(name, small.eval(), images, predicted(small, images)).adversarial
    assert found.shape == images.shape
    assert found.dtype == torch.float32
    assert found.min() >= 0
    assert found.max() <= 1


@every
def test_the_perturbation_stays_within_epsilon_where_there_is_one(name, small, images):
    method = ATTACKS[name]
    settings = AttackSettings(0.05, iterations=5, step=0.03, early_stop=False)
    attack = run(name, small.eval(), images, predicted(small, images), settings)
    size = NORMS[method.norm].size(attack.delta)
    assert (size > 0).all()
    if "epsilon" in method.uses:
        assert (size <= 0.05 * method.unit(images) * (1 + 1e-5)).all()


@every
def test_success_is_another_class_than_the_label(name, small, images):
    labels = predicted(small.eval(), images)
    attack = run(name, small, images, labels, replace(LARGE, iterations=20))
    assert torch.allclose(attack.logits, small(attack.adversarial), atol=1e-4)
    assert torch.equal(attack.fooled, predicted(small, attack.adversarial) != labels)
    if name != "noise":
        assert attack.fooled.float().mean() >= 0.5


@every
def test_success_is_the_target_where_it_can_aim(name, small, images):
    labels = (predicted(small.eval(), images) + 1) % 5
    if not ATTACKS[name].targeted:
        with pytest.raises(ValueError, match="cannot aim at a class"):
            run(name, small, images, labels, targeted=True)
        return
    attack = run(name, small, images, labels, replace(LARGE, iterations=40), targeted=True)
    assert torch.equal(attack.fooled, predicted(small, attack.adversarial) == labels)
    assert attack.fooled.any()


@every
def test_a_larger_epsilon_fools_no_less_where_the_table_says_so(name, linear, images):
    method = ATTACKS[name]
    if not method.monotone or "epsilon" not in method.uses:
        pytest.skip("no promise")
    labels = predicted(linear, images)
    rates = [
        run(name, linear, images, labels, AttackSettings(e, 20)).fooled.float().mean().item()
        for e in (0.0, 0.02, 0.1, 0.3)
    ]
    assert rates == sorted(rates)
    assert rates[0] < rates[-1] == 1


@every
def test_the_same_seed_gives_the_same_images(name, small, images):
    labels = predicted(small.eval(), images)
    first, again = (run(name, small, images, labels).adversarial for _ in range(2))
    assert torch.equal(first, again)


@every
def test_the_model_and_the_images_are_left_as_they_were(name, small, images):
    small.train()
    small[3].eval()
    before = {key: value.clone() for key, value in small.state_dict().items()}
    given, labels = images.clone(), torch.arange(6) % 5
    run(name, small, images, labels)
    assert [module.training for module in small] == [True, True, True, False, True, True]
    assert all(parameter.grad is None for parameter in small.parameters())
    assert all(parameter.requires_grad for parameter in small.parameters())
    assert all(torch.equal(value, before[key]) for key, value in small.state_dict().items())
    assert torch.equal(images, given)
    assert not images.requires_grad


@every
def test_the_grad_mode_around_it_does_not_matter(name, small, images):
    labels = predicted(small.eval(), images)
    alone = run(name, small, images, labels).adversarial
    with torch.no_grad():
        assert torch.equal(run(name, small, images, labels).adversarial, alone)


@every
def test_it_makes_no_more_passes_than_it_says(name, small, images):
    attack = run(name, small.eval(), images, predicted(small, images))
    assert attack.iteration <= attack.max_iterations


@every
def test_an_image_that_fools_already_is_kept_unless_it_starts_elsewhere(name, small, images):
    wrong = (predicted(small.eval(), images) + 1) % 5
    attack = run(name, small, images, wrong)
    assert attack.fooled.all() or name in ("noise", "fgsm")
    if name in ("descent", "carlini_wagner", "deepfool"):
        assert torch.equal(attack.adversarial, images)


@every
def test_what_it_uses_can_be_adjusted_while_it_runs(name, small, images):
    method = ATTACKS[name]
    attack = method.begin(small.eval(), images, predicted(small, images), LARGE)
    method.adjust(attack, AttackSettings(0.1, 3, 0.04, early_stop=False))
    unit = method.unit(images)
    wanted = {"epsilon": 0.1 * unit, "iterations": 3, "step": 0.04 * unit, "early_stop": False}
    for setting in set(method.uses) - {"restarts"}:
        assert getattr(attack, setting) == pytest.approx(wanted[setting])


@every
def test_a_label_that_the_model_lacks_is_refused(name, small, images):
    with pytest.raises(ValueError, match="label 9 is out of range"):
        run(name, small, images, torch.full((6,), 9))


def test_epsilon_in_l2_is_a_root_mean_square(images):
    unit = ATTACKS["pgd_l2"].unit(images)
    even = torch.full_like(images, 0.25)
    assert torch.allclose(NORMS["l2"].size(even), torch.tensor(0.25 * unit))
    assert ATTACKS["pgd"].unit(images) == 1


def test_the_default_step_crosses_the_ball_and_comes_back():
    assert AttackSettings(0.2, 10).step_size == pytest.approx(0.05)
    assert AttackSettings(0.2, 10, step=0.01).step_size == 0.01
    assert AttackSettings(0.2, 0).step_size == 0.5


def test_a_line_begins_its_class(linear, images):
    labels = predicted(linear, images)
    attack = ATTACKS["fgsm"].begin(linear, images, labels, AttackSettings(0.2), targeted=True)
    assert isinstance(attack, Fgsm)
    assert (attack.epsilon, attack.targeted) == (0.2, True)


def test_titles_are_chosen_by_name():
    assert titles("pgd", "fgsm", short=True) == {"pgd": "PGD, L∞", "fgsm": "FGSM"}
    everything = titles(*ATTACKS)
    assert len(set(everything.values())) == len(ATTACKS)
