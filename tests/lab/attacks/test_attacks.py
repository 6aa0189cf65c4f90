"""Attacks against closed forms on linear models, and against Foolbox where it is installed."""

import importlib.util
import warnings

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from lab import attacks as a
from lab import datasets
from lab.attacks.attacked_model import AttackedModel
from lab.attacks.base import margin
from lab.networks.pixels import to_float
from lab.networks.shelf import STEM, Shelf

peers = pytest.mark.peers
SHAPE = (3, 4, 4)


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def pictures():
    """Far enough from 0 and 1 for small attacks not to be cut off."""
    return 0.4 + 0.2 * torch.rand(6, *SHAPE, generator=seeded())


@pytest.fixture
def linear():
    """Two classes: what fools it best is known in closed form."""
    torch.manual_seed(1)
    return nn.Sequential(nn.Flatten(), nn.Linear(48, 2)).eval()


@pytest.fixture
def small():
    """A network with everything that an attack could disturb."""
    torch.manual_seed(2)
    return nn.Sequential(
        nn.Conv2d(3, 6, 3, padding=1),
        nn.BatchNorm2d(6),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Flatten(),
        nn.Linear(96, 5),
    )


def said(model, images):
    with torch.no_grad():
        return model(images).argmax(1)


def between(linear):
    """(w, b) of the score by which class 1 leads."""
    weight, bias = linear[1].weight.detach(), linear[1].bias.detach()
    return (weight[1] - weight[0]).view(SHAPE), bias[1] - bias[0]


def distance(linear, images):
    """Of each picture to the boundary, in L2."""
    w, b = between(linear)
    return ((images * w).sum((1, 2, 3)) + b).abs() / w.norm()


# The formulas.


def test_fgsm_is_its_formula(small, pictures):
    small.eval()
    labels = torch.tensor([0, 1, 2, 3, 4, 0])
    leaf = pictures.clone().requires_grad_()
    F.cross_entropy(small(leaf), labels).backward()
    wanted = (pictures + 0.05 * leaf.grad.sign()).clamp(0, 1)
    assert torch.equal(a.fgsm(small, pictures, labels, 0.05), wanted)
    towards = (pictures - 0.05 * leaf.grad.sign()).clamp(0, 1)
    assert torch.equal(a.fgsm(small, pictures, labels, 0.05, targeted=True), towards)


def test_one_step_of_pgd_from_the_picture_is_fgsm(small, pictures):
    labels = said(small.eval(), pictures)
    once = a.pgd(small, pictures, labels, 0.05, 0.05, 1, random_start=False)
    assert torch.allclose(once, a.fgsm(small, pictures, labels, 0.05), atol=1e-7)


@pytest.mark.parametrize("norm", ["linf", "l2"])
@pytest.mark.parametrize("loss", list(a.LOSSES))
def test_pgd_finds_the_farthest_point_of_the_ball_of_a_linear_model(linear, pictures, norm, loss):
    labels = said(linear, pictures)
    w, _ = between(linear)
    away = torch.where(labels == 1, -1.0, 1.0).view(-1, 1, 1, 1)
    direction = w.sign() if norm == "linf" else w / w.norm()
    found = a.pgd(
        *(linear, pictures, labels, 0.05, 0.02, 60, norm),
        early_stop=False,
        loss=loss,
        generator=seeded(),
    )
    assert torch.allclose(found, pictures + 0.05 * away * direction, atol=2e-4)


def test_descent_steps_by_the_gradient_itself(small, pictures):
    small.eval()
    labels, x = torch.full((6,), 3), pictures
    for _ in range(3):
        leaf = x.clone().requires_grad_()
        F.cross_entropy(small(leaf), labels, reduction="sum").backward()
        x = (x - 0.1 * leaf.grad).clamp(0, 1)
    found = a.gradient_descent(small, pictures, labels, 0.1, 3, True, early_stop=False)
    assert torch.allclose(found, x, atol=1e-6)


def test_a_relative_step_moves_the_first_time_by_itself(small, pictures):
    labels = said(small.eval(), pictures[:1])
    search = a.Descent(small, pictures[:1], labels, 0.01, 1, relative=True)
    search.run()
    assert search.delta.abs().max().item() == pytest.approx(0.01, rel=1e-4)


def test_deepfool_goes_straight_over_the_boundary_of_a_linear_model(linear, pictures):
    labels = said(linear, pictures)
    search = a.DeepFool(linear, pictures, labels)
    list(search.steps())
    assert search.fooled.all()
    assert torch.allclose(
        search.delta.flatten(1).norm(dim=1), 1.02 * distance(linear, pictures), atol=1e-3
    )


def test_carlini_wagner_comes_as_close_as_one_can(linear, pictures):
    labels = said(linear, pictures)
    found = a.carlini_wagner(linear, pictures, labels, iterations=200, constant=0.1)
    assert (said(linear, found) != labels).all()
    size = (found - pictures).flatten(1).norm(dim=1)
    assert (size >= distance(linear, pictures) - 1e-5).all()
    assert (size <= 1.03 * distance(linear, pictures) + 1e-3).all()


def test_carlini_wagner_leads_by_its_confidence(linear, pictures):
    labels = 1 - said(linear, pictures)
    search = a.CarliniWagner(
        *(linear, pictures, labels), targeted=True, confidence=0.3, iterations=200, constant=1.0
    )
    search.run()
    assert (margin(linear(search.adversarial), labels) >= 0.3).all()


def test_margin_is_the_lead_over_the_best_other():
    logits = torch.tensor([[1.0, 4.0, 2.0], [3.0, 1.0, 2.5]])
    assert margin(logits, torch.tensor([1, 1])).tolist() == [2.0, -2.0]


def test_noise_has_the_size_of_the_attack_and_asks_nothing(small, pictures):
    noisy = a.noise(pictures, 0.05, generator=seeded())
    assert torch.allclose((noisy - pictures).abs(), torch.tensor(0.05))
    assert 0.4 < (noisy > pictures).float().mean() < 0.6


# The balls.


@pytest.mark.parametrize("norm", list(a.NORMS))
def test_a_random_start_fills_the_ball(norm):
    drawn = a.NORMS[norm].random(torch.zeros(4000, 1, 1, 3), 0.5, seeded())
    size = a.NORMS[norm].size(drawn)
    assert size.max() <= 0.5
    # Half of the volume of a ball of three dimensions lies within this share of its radius.
    assert (size < 0.5 * 0.5 ** (1 / 3)).float().mean().item() == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize("norm", list(a.NORMS))
def test_projection_leaves_what_is_inside_and_shortens_the_rest(norm):
    ball = a.NORMS[norm]
    delta = torch.randn(50, *SHAPE, generator=seeded())
    assert (ball.size(ball.project(delta, 0.3)) <= 0.3 + 1e-6).all()
    assert torch.equal(ball.project(delta, 1e3), delta)
    assert torch.allclose(ball.size(ball.steepest(delta)), torch.ones(50))
    assert not ball.steepest(torch.zeros(2, *SHAPE)).any()


EVERY = {
    "fgsm": lambda m, x, y: a.fgsm(m, x, y, 0.7),
    "pgd": lambda m, x, y: a.pgd(m, x, y, 0.7, 0.3, 4),
    "pgd_l2": lambda m, x, y: a.pgd(m, x, y, 5.0, 2.0, 4, "l2"),
    "gradient_descent": lambda m, x, y: a.gradient_descent(m, x, y, 50.0, 4),
    "carlini_wagner": lambda m, x, y: a.carlini_wagner(m, x, y, searches=2, iterations=10),
    "deepfool": lambda m, x, y: a.deepfool(m, x, y, iterations=4),
}
every = pytest.mark.parametrize("attack", EVERY.values(), ids=EVERY)


@every
def test_pictures_stay_pictures(attack, small):
    images = torch.rand(4, *SHAPE, generator=seeded()).round()
    found = attack(small.eval(), images, said(small, images))
    assert found.shape == images.shape
    assert found.dtype == torch.float32
    assert found.min() >= 0
    assert found.max() <= 1


@every
def test_the_model_and_its_pictures_are_left_as_they_were(attack, small, pictures):
    small.train()
    small[3].eval()
    before = {name: value.clone() for name, value in small.state_dict().items()}
    given, labels = pictures.clone(), torch.arange(6) % 5
    attack(small, pictures, labels)
    assert [module.training for module in small] == [True, True, True, False, True, True]
    assert all(parameter.grad is None for parameter in small.parameters())
    assert all(parameter.requires_grad for parameter in small.parameters())
    assert all(torch.equal(value, before[name]) for name, value in small.state_dict().items())
    assert torch.equal(pictures, given)
    assert not pictures.requires_grad


@every
def test_the_mode_around_it_does_not_matter(attack, small, pictures):
    labels = said(small.eval(), pictures)
    torch.manual_seed(3)
    alone = attack(small, pictures, labels)
    with torch.inference_mode():
        torch.manual_seed(3)
        assert torch.equal(attack(small, pictures * 1.0, labels), alone)


# One step is taken by every picture; PGD begins at a random point.
@pytest.mark.parametrize(
    "attack", [EVERY[name] for name in ("gradient_descent", "carlini_wagner", "deepfool")]
)
def test_what_fools_already_stays_as_it_is(attack, small, pictures):
    wrong = (said(small.eval(), pictures) + 1) % 5
    assert torch.equal(attack(small, pictures, wrong), pictures)


class Counted(nn.Module):
    """How many pictures went through."""

    def __init__(self, model):
        super().__init__()
        self.model, self.seen = model, 0

    def forward(self, images):
        self.seen += len(images)
        return self.model(images)


def test_who_is_fooled_leaves_the_batch(linear, pictures):
    labels = said(linear, pictures)
    counted = Counted(linear)
    # From the picture itself, half of the distance a step: the third pass finds all of them.
    far = distance(linear, pictures).max().item()
    search = a.Pgd(counted, pictures, labels, far * 2, far / 1.5, 50, "l2", random_start=False)
    first, seen = [], []
    for _ in search.steps():
        seen.append(counted.seen)
        first.append(search.fooled.clone())
    assert search.fooled.all()
    assert len(seen) == 3, "it stops when all are fooled"
    assert seen[-1] < 18, "those that were fooled first are not asked again"


def test_a_restart_begins_with_who_is_left(linear, pictures):
    labels = said(linear, pictures)
    near = distance(linear, pictures).median().item()
    counted = Counted(linear)
    search = a.Pgd(counted, pictures, labels, near, near, 5, "l2", restarts=3)
    list(search.steps())
    left = int((~search.fooled).sum())
    assert 0 < left < 6
    assert counted.seen >= 3 * left * 6


def test_the_same_seed_gives_the_same_pictures(small, pictures):
    labels = said(small.eval(), pictures)

    def made(seed):
        return a.pgd(small, pictures, labels, 0.1, 0.02, 3, generator=seeded(seed))

    assert torch.equal(made(5), made(5))
    assert not torch.equal(made(5), made(6))


def test_logits_and_success_are_those_of_the_pictures(small, pictures):
    labels = said(small.eval(), pictures)
    for search in (
        a.Fgsm(small, pictures, labels, 0.2),
        a.Noise(small, pictures, labels, 0.2),
        a.Pgd(small, pictures, labels, 0.1, 0.03, 5),
        a.Descent(small, pictures, labels, 0.5, 5),
        a.DeepFool(small, pictures, labels, 3),
        a.CarliniWagner(small, pictures, labels, searches=3, iterations=20, constant=0.1),
    ):
        list(search.steps())
        assert torch.allclose(search.logits, small(search.adversarial), atol=1e-4)
        assert torch.equal(search.fooled, said(small, search.adversarial) != labels)


def test_a_frozen_victim_is_folded_and_says_the_same(small, pictures):
    frozen = small.eval().requires_grad_(False)
    torch.nn.init.uniform_(frozen[1].running_var, 0.5, 2.0)
    attacked = AttackedModel(frozen)
    assert not any(isinstance(m, nn.BatchNorm2d) for m in attacked._model.modules())
    assert torch.allclose(attacked.logits(pictures), frozen(pictures), atol=1e-5)


X, Y = torch.full((2, *SHAPE), 0.5), torch.tensor([0, 1])


@pytest.mark.parametrize(
    ("call", "line"),
    [
        (lambda m: a.fgsm(m, X[0], Y, 0.1), r"pictures are float \(N, C, H, W\)"),
        (lambda m: a.fgsm(m, (X * 255).byte(), Y, 0.1), "not torch.uint8"),
        (lambda m: a.fgsm(m, X * 3, Y, 0.1), r"in \[0, 1\], not in \[1.5, 1.5\]"),
        (lambda m: a.pgd(m, X * torch.nan, Y, 0.1, 0.1, 1), r"in \[0, 1\]"),
        (lambda m: a.pgd(m, X, Y[:1], 0.1, 0.1, 1), r"labels of 2 pictures are int64 \(2,\)"),
        (lambda m: a.pgd(m, X, Y.float(), 0.1, 0.1, 1), "not torch.float32"),
        (lambda m: a.pgd(m, X, Y + 1, 0.1, 0.1, 1), "label 2 is out of range: .* 0 to 1"),
        (lambda m: a.deepfool(m, X, Y - 1), "label -1 is out of range"),
        (lambda m: a.carlini_wagner(m, X, Y + 5), "label 6 is out of range"),
        (lambda m: a.fgsm(m, X, Y, -0.1), "epsilon=-0.1: it must be 0 or more"),
        (lambda m: a.pgd(m, X, Y, 0.1, -1, 1), "step=-1"),
        (lambda m: a.pgd(m, X, Y, float("nan"), 1, 1), "epsilon=nan"),
        (lambda m: a.pgd(m, X, Y, 0.1, 0.1, 1, "l7"), "norm=l7"),
        (lambda m: a.deepfool(m, X, Y, candidates=1), "candidates=1"),
        (lambda m: a.carlini_wagner(m, X, Y, confidence=-1), "confidence=-1"),
        (lambda m: a.noise(X, -1), "epsilon=-1"),
        (lambda m: a.fgsm(nn.Identity(), X, Y, 0.1), "must return logits"),
    ],
)
def test_bad_input_is_told_in_one_line(call, line, linear):
    with pytest.raises(ValueError, match=line):
        call(linear)


# Foolbox


@pytest.fixture(scope="module")
def foolbox():
    if not importlib.util.find_spec("foolbox"):
        pytest.skip("foolbox, of the extra `bench`, is not installed")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import foolbox
    return foolbox


@pytest.fixture(scope="module")
def stem(foolbox):
    """(a network that learned photographs, the same for Foolbox, pictures, labels)."""
    model = Shelf().get(STEM)
    data = datasets.load("photo_patches")
    images, labels = to_float(data.test_images[:24]), data.test_labels[:24]
    return model, foolbox.PyTorchModel(model, bounds=(0, 1), device="cpu"), images, labels


def compare(model, labels, images, ours, theirs):
    """Success within two points, and perturbations of like size."""
    fooled = [said(model, x) != labels for x in (ours, theirs)]
    rates = [float(f.float().mean()) for f in fooled]
    assert abs(rates[0] - rates[1]) <= 0.02, rates
    both = fooled[0] & fooled[1]
    sizes = [(x - images)[both].flatten(1).norm(dim=1).mean().item() for x in (ours, theirs)]
    assert sizes[0] <= 1.02 * sizes[1], sizes


def as_foolbox(attack, stem, epsilon):
    _, peer, images, labels = stem
    return attack(peer, images, labels, epsilons=epsilon)[0]


@peers
@pytest.mark.parametrize("epsilon", [0.01, 0.1])
def test_fgsm_is_foolboxs_to_the_last_bit(foolbox, stem, epsilon):
    model, _, images, labels = stem
    theirs = as_foolbox(foolbox.attacks.FGSM(), stem, epsilon)
    assert torch.equal(a.fgsm(model, images, labels, epsilon), theirs)


@peers
@pytest.mark.parametrize(
    ("norm", "peer", "epsilon"), [("linf", "LinfPGD", 0.01), ("l2", "L2PGD", 0.3)]
)
def test_pgd_is_foolboxs_from_the_same_start(foolbox, stem, norm, peer, epsilon):
    model, _, images, labels = stem
    attack = getattr(foolbox.attacks, peer)(abs_stepsize=epsilon / 8, steps=12, random_start=False)
    theirs = as_foolbox(attack, stem, epsilon)
    settings = (model, images, labels, epsilon, epsilon / 8, 12, norm)
    whole = a.pgd(*settings, random_start=False, early_stop=False)
    # Folding changes gradients by rounding, and so the sign of those that are nearly zero.
    assert ((whole - theirs).abs() > 1e-4).float().mean() < 0.01
    compare(model, labels, images, a.pgd(*settings), theirs)


@peers
def test_deepfool_is_foolboxs(foolbox, stem):
    model, _, images, labels = stem
    images, labels = images[:16], labels[:16]
    peer = foolbox.attacks.L2DeepFoolAttack(steps=10, candidates=5)
    theirs = as_foolbox(peer, (model, stem[1], images, labels), None)
    ours = a.deepfool(model, images, labels, 10, 5)
    compare(model, labels, images, ours, theirs)
    assert ((ours - theirs).abs() > 1e-3).float().mean() < 0.01


@peers
def test_carlini_wagner_is_as_close_as_foolboxs(foolbox, stem):
    model, peer, images, labels = stem
    images, labels = images[:12], labels[:12]
    settings = {"steps": 40, "stepsize": 0.02, "initial_const": 1.0, "binary_search_steps": 3}
    theirs, *_ = foolbox.attacks.L2CarliniWagnerAttack(**settings)(
        peer, images, labels, epsilons=None
    )
    ours = a.carlini_wagner(
        model, images, labels, iterations=40, step=0.02, constant=1.0, searches=3
    )
    compare(model, labels, images, ours, theirs)
