"""Our attacks over Foolbox's: the same network, pictures and settings, in one run.

A small CNN learns the embedded digits, then is only asked; 256 test digits. PGD: 40 steps from a
random point at epsilon 0.25 (L-infinity) and 2 (L2). Carlini-Wagner, on 64 of them: six searches
of 100 steps of 0.05 from a constant of 0.01. DeepFool: Foolbox's defaults. Foolbox is called as its
users call it, and each ratio is the median over turns, ours before and after theirs: a machine's
speed drifts. *_success: the share that is misclassified, and within [0, 1] and epsilon; where
Foolbox found nothing it returns black, which is not counted. *_norm: mean L2 of those.
fgsm_differing_values: values that are not Foolbox's to the last bit.

The network's weights ask for gradients, as those of any network after its training do; `frozen_`
is the same with weights that do not, which spares Foolbox the gradients that it has no use for.
"""

import statistics
import time
import warnings
from collections.abc import Callable

import torch
from torch import Tensor

from lab import attacks, datasets
from lab.networks import models
from lab.networks.models import Classifier, card_for
from lab.networks.pixels import to_float
from lab.system import devices
from lab.training.trainer import OptimiserSettings, Trainer

PICTURES, FEW = 256, 64
ROUNDS = {"fgsm": 9, "pgd_linf": 2, "pgd_l2": 2, "deepfool": 1, "carlini_wagner": 1}
SEARCHES, STEPS, RATE, CONSTANT = 6, 100, 0.05, 0.01


def taught(device: torch.device) -> Classifier:
    data = datasets.load("digits").to(device)
    # The network of Madry et al. (2018), smaller: the one that attacks are measured on.
    card = card_for("cnn", data, 0, batch_norm=False, kernel2=5)
    model = models.build(card).to(device)
    trainer = Trainer(
        model,
        data,
        optimiser_name="adamw",
        settings=lambda: OptimiserSettings(2e-3, 1e-4),
        batch_size=64,
        epochs=4,
    )
    for _ in trainer.steps():
        pass
    return model.eval()


def pairs(model: Classifier, images: Tensor, labels: Tensor) -> dict[str, tuple[Callable, ...]]:
    """name -> (ours, theirs, epsilon, its norm): two functions that return pictures.

    Those of Carlini and Wagner are of the first FEW pictures.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import foolbox
    peer = foolbox.PyTorchModel(model, bounds=(0, 1), device=images.device)

    def theirs(attack, epsilon, count=PICTURES) -> Callable[[], Tensor]:
        return lambda: attack(peer, images[:count], labels[:count], epsilons=epsilon)[0]

    kinds, asked = foolbox.attacks, (model, images, labels)
    return {
        "fgsm": (lambda: attacks.fgsm(*asked, 0.25), theirs(kinds.FGSM(), 0.25), 0.25, "linf"),
        "pgd_linf": (
            lambda: attacks.pgd(*asked, 0.25, 0.01, 40),
            theirs(kinds.LinfPGD(abs_stepsize=0.01, steps=40), 0.25),
            *(0.25, "linf"),
        ),
        "pgd_l2": (
            lambda: attacks.pgd(*asked, 2.0, 0.1, 40, "l2"),
            theirs(kinds.L2PGD(abs_stepsize=0.1, steps=40), 2.0),
            *(2.0, "l2"),
        ),
        "deepfool": (
            lambda: attacks.deepfool(*asked),
            theirs(kinds.L2DeepFoolAttack(), None),
            *(1e9, "l2"),
        ),
        "carlini_wagner": (
            lambda: attacks.carlini_wagner(
                *(model, images[:FEW], labels[:FEW]),
                searches=SEARCHES,
                iterations=STEPS,
                step=RATE,
                constant=CONSTANT,
            ),
            theirs(
                kinds.L2CarliniWagnerAttack(
                    binary_search_steps=SEARCHES,
                    steps=STEPS,
                    stepsize=RATE,
                    initial_const=CONSTANT,
                ),
                None,
                FEW,
            ),
            *(1e9, "l2"),
        ),
    }


def timed(attack: Callable[[], Tensor]) -> tuple[float, Tensor]:
    torch.manual_seed(0)
    begun = time.perf_counter()
    found = attack()
    if found.is_cuda:
        torch.cuda.synchronize()
    return time.perf_counter() - begun, found


def success(model, images, labels, found, epsilon, norm) -> tuple[float, float]:
    """(the share that fools within the bounds, the mean L2 of those)."""
    images, labels = images[: len(found)], labels[: len(found)]
    delta = found - images
    fools = model(found).argmax(1) != labels
    fools &= (found >= 0).flatten(1).all(1) & (found <= 1).flatten(1).all(1)
    fools &= attacks.NORMS[norm].size(delta) <= epsilon * (1 + 1e-5)
    fools &= found.flatten(1).any(1)
    size = attacks.NORMS["l2"].size(delta)[fools]
    return float(fools.float().mean()), float(size.mean())


def compare(model: Classifier, images: Tensor, labels: Tensor) -> dict[str, float]:
    figures: dict[str, float] = {}
    for name, (ours, theirs, epsilon, norm) in pairs(model, images, labels).items():
        if ROUNDS[name] > 1:
            timed(ours)  # warm, where that could matter
        before = timed(ours)[0]
        ratios = []
        for _ in range(ROUNDS[name]):
            (peer, their_pictures), (after, our_pictures) = timed(theirs), timed(ours)
            ratios.append(peer / ((before + after) / 2))
            before = after
        figures[f"{name}_speed_ratio"] = statistics.median(ratios)
        with torch.no_grad():
            for who, found in (("", our_pictures), ("_foolbox", their_pictures)):
                share, size = success(model, images, labels, found, epsilon, norm)
                figures[f"{name}{who}_success"] = share
                figures[f"{name}{who}_norm"] = size
        if name == "fgsm":
            figures["fgsm_differing_values"] = float((our_pictures != their_pictures).sum())
    return figures


def measure(device: str) -> dict[str, float]:
    devices.set_threads()
    chosen = devices.choose(device)
    model, data = taught(chosen), datasets.load("digits").to(chosen)
    images, labels = to_float(data.test_images[:PICTURES]), data.test_labels[:PICTURES]
    figures = compare(model, images, labels)
    frozen = compare(model.frozen(), images, labels)
    return figures | {
        f"frozen_{name}": value for name, value in frozen.items() if name.endswith("speed_ratio")
    }
