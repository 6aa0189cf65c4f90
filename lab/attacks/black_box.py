"""A black-box attack by way of a substitute network, and how well it transfers to the oracle.

Papernot et al., "Practical Black-Box Attacks against Machine Learning" (2017).
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from lab.attacks.substitute import Oracle, jacobian_augmentation
from lab.attacks.table import ATTACKS, AttackSettings
from lab.datasets import Dataset
from lab.networks import models
from lab.networks.finite import check_weights
from lab.networks.models import Card, Classifier, card_for
from lab.networks.pixels import to_float
from lab.training.trainer import OptimiserSettings, Trainer

ITERATIONS = 20
BATCH, RATE = 64, 1e-3
# Images that go through a network in one batch: 15 ms on two cores.
ATTACK_BATCH = 200


@dataclass(frozen=True)
class TransferResult:
    """The outcome of an attack, on images that neither network was trained on.

    queries: how many images the oracle had labelled by then. originals, adversarial: float32
    (N, C, H, W) in [0, 1]. answers, adversarial_answers: int64 (N,), the oracle's labels of them.
    fooled: indices of the images that the oracle classifies correctly, and no longer when attacked.
    agreement: the fraction of originals for which both networks predict the same class.
    substitute_rate, transfer_rate, white_box_rate: success rates in [0, 1] of attacks made for the
    substitute on the substitute, made for the substitute on the oracle, and made for the oracle on
    the oracle; each over the images that the attacked network classifies correctly.
    """

    queries: int
    originals: Tensor
    adversarial: Tensor
    answers: Tensor
    adversarial_answers: Tensor
    fooled: list[int]
    agreement: float
    substitute_rate: float
    transfer_rate: float
    white_box_rate: float


class BlackBoxAttack:
    """An attacker who can only ask for labels: the images asked about, and the substitute.

    classifier: the oracle's, of which the attacker sees only labels. data: the attacker begins with
    its first `first` test images, without their labels; the others measure the success.
    architecture: of the substitute, of lab.networks.architecture. epochs: of each training of the
    substitute. seed: of its weights and its training.

    images, labels: uint8 (N, C, H, W) and int64 (N,), all queries so far and the oracle's answers.
    """

    def __init__(
        self,
        classifier: Classifier,
        data: Dataset,
        architecture: str,
        first: int,
        epochs: int,
        seed: int,
    ) -> None:
        self.oracle = Oracle(classifier)
        self.images = data.test_images[:first]
        self.labels = self.oracle.ask(self.images)
        self._classifier, self._epochs, self._seed = classifier, epochs, seed
        self._held_out = to_float(data.test_images[first:])
        self._truth = data.test_labels[first:]
        self.substitute = models.build(self._card(architecture)).to(classifier.device).eval()
        self._white_box_rates: dict[tuple[str, float], float] = {}

    def _card(self, architecture: str) -> Card:
        # Made of the queries and answers alone: the attacker knows nothing else of the oracle.
        title = f"Substitute for {self._classifier.card.title}"
        card = card_for(architecture, self.queried(), self._seed + 1)
        return replace(card, name="substitute", title=title)

    def queried(self) -> Dataset:
        """All queries so far with the oracle's labels: what the substitute is trained on."""
        known = self.images, self.labels
        classes = self._classifier.classes
        return Dataset("queries", "Queries", classes, *known, *known, "the oracle's labels")

    def learn(self) -> Iterator[float]:
        """Train the substitute on all queries; yields the fraction done after every step.

        Raises UserError where the training diverges.
        """
        trainer = Trainer(
            self.substitute,
            self.queried(),
            optimiser_name="adam",
            settings=lambda: OptimiserSettings(RATE, 0.0),
            batch_size=BATCH,
            epochs=self._epochs,
            seed=self._seed,
        )
        for step in trainer.steps():
            yield step / trainer.total_steps
        check_weights(
            self.substitute.eval(), "the substitute", "choose another one, or another seed"
        )

    def grow(self, step: float) -> Iterator[None]:
        """Query the oracle on as many images again, made by Jacobian-based augmentation.

        step: the paper's lambda, in pixel units; see jacobian_augmentation. Yields after a batch.
        """
        images, labels = [self.images], [self.labels]
        for some, known in zip(
            torch.split(self.images, ATTACK_BATCH),
            torch.split(self.labels, ATTACK_BATCH),
            strict=True,
        ):
            augmented = jacobian_augmentation(self.substitute, some, known, step)
            images.append(augmented)
            labels.append(self.oracle.ask(augmented))
            yield
        self.images, self.labels = torch.cat(images), torch.cat(labels)

    def attack(self, name: str, epsilon: float) -> Generator[None, None, TransferResult]:
        """Attack the substitute on the held-out images, and try the result on the oracle.

        name: of ATTACKS. epsilon: in pixel units. Yields after every pass. The attack leads away
        from the true class, since attackers know what is on their own images. The passes through
        the oracle here measure the success: they are not queries of the attacker.
        """
        originals, truth, oracle = self._held_out, self._truth, self._classifier
        answers, own = predictions(oracle, originals), predictions(self.substitute, originals)
        adversarial = yield from _attacked(name, self.substitute, originals, truth, epsilon)
        adversarial_answers = predictions(oracle, adversarial)
        correct = answers == truth
        fooled = correct & (adversarial_answers != truth)
        if (name, epsilon) not in self._white_box_rates:
            white_box = yield from _attacked(name, oracle, originals, truth, epsilon)
            lost = correct & (predictions(oracle, white_box) != truth)
            self._white_box_rates[name, epsilon] = float(lost.sum() / correct.sum())
        substitute_lost = (predictions(self.substitute, adversarial) != truth)[own == truth]
        return TransferResult(
            self.oracle.queries,
            originals,
            adversarial,
            answers,
            adversarial_answers,
            fooled.nonzero()[:, 0].tolist(),
            agreement=float((own == answers).float().mean()),
            substitute_rate=float(substitute_lost.float().mean()),
            transfer_rate=float(fooled.sum() / correct.sum()),
            white_box_rate=self._white_box_rates[name, epsilon],
        )


@torch.inference_mode()
def predictions(model: Classifier, images: Tensor) -> Tensor:
    """The predicted classes, int64 (N,), of images float32 (N, C, H, W) in [0, 1]."""
    return torch.cat([model(some).argmax(1) for some in torch.split(images, ATTACK_BATCH)])


def _attacked(
    name: str, model: Classifier, images: Tensor, labels: Tensor, epsilon: float
) -> Generator[None, None, Tensor]:
    # Without early stop: images far beyond one network's boundary transfer better to another's.
    settings = AttackSettings(epsilon, ITERATIONS, early_stop=False)
    done = []
    for some, known in zip(
        torch.split(images, ATTACK_BATCH), torch.split(labels, ATTACK_BATCH), strict=True
    ):
        attack = ATTACKS[name].begin(model, some, known, settings)
        for _ in attack.steps(evaluate=False):
            yield
        done.append(attack.adversarial)
    return torch.cat(done)
