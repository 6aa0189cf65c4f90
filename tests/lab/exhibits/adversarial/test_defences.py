"""Lessons, assessments and the defences, against their formulas and against what they must show."""

import math

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from lab.attacks.defences import DEFENCES, TrainingBudget, trainer_of
from lab.attacks.evaluation import Divided, Strength, accuracies, search, withstood
from lab.attacks.training_losses import adversarial_training, distillation
from lab.datasets import Dataset
from lab.exhibits.adversarial._defences_evaluation import (
    AttackSettings,
    DefenceEvaluation,
    published,
)

IMAGES = torch.rand(12, 1, 8, 8, generator=torch.Generator().manual_seed(0))
LABELS = torch.arange(12) % 3
SUDDEN = 0.0


def network(seed=0):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 16), nn.ReLU(), nn.Linear(16, 3))


def linear():
    """Dark or light, by the mean: how far a picture is from the border is known."""
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 2))
    with torch.no_grad():
        model[1].weight.copy_(torch.stack([-torch.ones(64), torch.ones(64)]) / 64)
        model[1].bias.copy_(torch.tensor([0.5, -0.5]))
    return model


def drain(generator):
    """What a generator returns, and how often it yielded."""
    count = 0
    while True:
        try:
            next(generator)
            count += 1
        except StopIteration as end:
            return end.value, count


# What they are taught


def test_one_iteration_is_fgsm_with_a_random_start():
    model, seen = network(), []
    model.register_forward_pre_hook(lambda _, given: seen.append(given[0].detach().clone()))
    loss_function = adversarial_training(lambda: 0.2, 1, 1.25, ramp=SUDDEN)
    loss, logits = loss_function(model, IMAGES, LABELS, 0.5)
    start = seen[0].clone().requires_grad_()
    F.cross_entropy(network()(start), LABELS).backward()
    moved = start.detach() + 0.25 * start.grad.sign()
    expected = (IMAGES + (moved - IMAGES).clamp(-0.2, 0.2)).clamp(0, 1)
    torch.testing.assert_close(seen[-1], expected)
    assert (seen[0] - IMAGES).abs().max() <= 0.2
    torch.testing.assert_close(loss, F.cross_entropy(network()(expected), LABELS))
    torch.testing.assert_close(logits, network()(expected))


@pytest.mark.parametrize(("share", "size"), [(0.0, 0.0), (0.1, 0.05), (0.4, 0.2), (0.9, 0.2)])
def test_epsilon_grows_over_the_first_part_of_the_training(share, size):
    model, seen = network(), []
    model.register_forward_pre_hook(lambda _, given: seen.append(given[0].detach().clone()))
    adversarial_training(lambda: 0.2, 3, 0.5, ramp=0.4)(model, IMAGES, LABELS, share)
    assert (seen[-1] - IMAGES).abs().max().item() == pytest.approx(size, abs=1e-6)
    assert len(seen) == 4


def test_learning_from_attacks_leaves_gradients_to_the_weights_alone():
    model = network()
    loss, _ = adversarial_training(lambda: 0.2, 2, 0.5, ramp=SUDDEN)(model, IMAGES, LABELS, 0.0)
    assert all(p.grad is None for p in model.parameters())
    loss.backward()
    assert all(p.grad.abs().sum() > 0 for p in model.parameters())


def test_distillation_is_the_papers_loss():
    teacher, student, degrees = network(1), network(2), 7.0
    loss, logits = distillation(lambda: degrees, teacher)(student, IMAGES, LABELS, 0.0)
    soft = torch.exp(teacher(IMAGES) / degrees)
    soft = soft / soft.sum(1, keepdim=True)
    scaled = student(IMAGES) / degrees
    expected = -(soft * (scaled - scaled.exp().sum(1, keepdim=True).log())).sum(1).mean()
    torch.testing.assert_close(loss, expected)
    torch.testing.assert_close(logits, student(IMAGES))
    loss.backward()
    assert all(p.grad is None for p in teacher.parameters())


def test_the_teacher_learns_the_labels_at_the_same_temperature_which_may_turn():
    degrees = [5.0]
    loss_function = distillation(lambda: degrees[0])
    model = network()
    first, _ = loss_function(model, IMAGES, LABELS, 0.0)
    torch.testing.assert_close(first, F.cross_entropy(model(IMAGES) / 5, LABELS))
    degrees[0] = 1.0
    second, _ = loss_function(model, IMAGES, LABELS, 0.0)
    torch.testing.assert_close(second, F.cross_entropy(model(IMAGES), LABELS))


# How they are attacked


def test_accuracies_are_those_of_a_border_whose_distance_is_known():
    brightness = torch.tensor([0.1, 0.35, 0.45, 0.48, 0.52, 0.6, 0.7, 0.95])
    images = brightness.view(-1, 1, 1, 1).expand(-1, 1, 8, 8).contiguous()
    labels = (brightness > 0.5).long()
    labels[0] = 1  # which the model gets wrong, and cannot be helped
    for epsilon, left in ((0.0, 7), (0.03, 5), (0.12, 3), (0.22, 1)):
        how = Strength(epsilon, iterations=5, restarts=2)
        *_, last = accuracies(linear(), images, labels, how)
        assert last["clean"] == pytest.approx(7 / 8)
        for attack in ("fgsm", "pgd", "adaptive"):
            assert last[attack] == pytest.approx(left / 8), (attack, epsilon)


def test_each_attack_adds_its_figure_and_none_is_weaker_than_the_one_before():
    model = network()
    known = [a for a in accuracies(model, IMAGES, model(IMAGES).argmax(1), Strength(0.1)) if a]
    assert [list(a) for a in known] == [
        ["clean"],
        ["clean", "fgsm"],
        ["clean", "fgsm", "pgd"],
        ["clean", "fgsm", "pgd", "adaptive"],
    ]
    last = known[-1]
    assert last["clean"] == 1 >= last["pgd"] >= last["adaptive"]


def test_nothing_to_attack_is_no_fault():
    right, passes = drain(withstood("pgd", network(), IMAGES[:0], LABELS[:0], Strength()))
    assert right.shape == (0,)
    assert passes == 0


def test_an_unknown_attack_is_refused():
    with pytest.raises(ValueError, match="no attack magic"):
        search("magic", network(), IMAGES, LABELS, Strength())
    with pytest.raises(ValueError, match="no attack clean"):
        search("clean", network(), IMAGES, LABELS, Strength())


def test_a_saturated_softmax_stops_fgsm_and_not_the_margin():
    # The same border, and logits 1e5 times as far apart: exactly no gradient in float32.
    steep = Divided(linear(), 1e-5)
    images = torch.full((4, 1, 8, 8), 0.6)
    labels = torch.ones(4, dtype=torch.int64)
    how = Strength(0.2, iterations=5, restarts=1)
    withstands = {
        name: drain(withstood(name, steep, images, labels, how))[0].all().item()
        for name in ("fgsm", "pgd", "adaptive")
    }
    assert withstands["fgsm"]
    assert not withstands["adaptive"]
    # Divided by the temperature it is the border that it always was.
    assert not drain(withstood("fgsm", Divided(steep, 1e5), images, labels, how))[0].any()


# The defences


@pytest.fixture(scope="module")
def few():
    """Fewer digits, so that a network learns in a second."""
    from lab import datasets

    data = datasets.load("digits")
    return Dataset(
        *("few", "Few", data.classes, data.train_images[:640], data.train_labels[:640]),
        *(data.test_images[:100], data.test_labels[:100], ""),
    )


def budget(**changes):
    return TrainingBudget(**{"epochs": 1, "adversarial_epochs": 1, "epsilon": 0.1,
                     "temperature": lambda: 50.0, **changes})  # fmt: skip


def test_all_begin_with_the_same_weights_and_meet_the_same_pictures(few):
    first, seeds = None, set()
    for defence in DEFENCES.values():
        model, trainer = trainer_of(defence, few, budget(), 3)
        weights = model.network.conv1.weight
        first = weights.clone() if first is None else first
        assert torch.equal(weights, first)
        seeds.add(trainer.seed)
    assert seeds == {3}


def test_each_defence_is_what_it_says(few):
    made = {name: trainer_of(defence, few, budget(), 0) for name, defence in DEFENCES.items()}
    decays = {name: t.optimiser.param_groups[0]["weight_decay"] for name, (_, t) in made.items()}
    assert decays.pop("l2") > 0
    assert not any(decays.values())
    assert [name for name, (m, _) in made.items() if hasattr(m.network, "dropout")] == ["dropout"]
    assert [name for name, (_, t) in made.items() if t.augment] == ["augmentation"]
    longer = trainer_of(DEFENCES["pgd_training"], few, budget(adversarial_epochs=3), 0)[1]
    assert longer.total_steps == 3 * made["l2"][1].total_steps


def test_new_orders_are_obeyed_at_once_and_the_table_shows_no_figure_of_the_old(few):
    model, _ = trainer_of(DEFENCES["undefended"], few, budget(), 0)
    evaluation = DefenceEvaluation(few, 40, {"undefended": model.frozen()})
    settings = [AttackSettings(Strength(0.1, 3, 1), 0)]
    frames = list(evaluation.catch_up(lambda: settings[0]))
    assert [f for f in frames if f.metrics][-1].metrics.keys() == {
        f"undefended_{attack}" for attack in ("clean", "fgsm", "pgd", "adaptive")
    }
    assert not math.isnan(evaluation.table(settings[0].how).values[0, 3])
    assert list(evaluation.catch_up(lambda: settings[0])) == []
    settings[0] = AttackSettings(Strength(0.2, 3, 1), 0)
    assert all(map(math.isnan, evaluation.table(settings[0].how).values[0]))
    again = evaluation.catch_up(lambda: settings[0])
    next(again)
    settings[0] = AttackSettings(Strength(0.1, 3, 1), 1)
    pictures = [f.outputs["pictures"] for f in again if "pictures" in f.outputs]
    assert len(pictures) == 1, "the picture of the settings that were withdrawn is not drawn"


def test_what_is_not_known_yet_is_a_dash_beside_the_papers_figure():
    errors = dict.fromkeys(
        (f"{d}_{a}" for d in DEFENCES for a in ("clean", "fgsm", "pgd", "adaptive")), math.nan
    )
    table = published(errors | {"undefended_fgsm": 0.8})
    assert [row[2] for row in table.rows] == ["80.0%", "–", "–", "80.0% → –", "–"]
    assert table.rows[0][1] == "99.9 %, 89.4 %"
