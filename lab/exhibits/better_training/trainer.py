"""Training a network: loss, accuracy, first-layer filters, confusion matrix and worst errors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Annotated

import numpy as np
import torch
from torch import Tensor

from lab.augmentation import POLICIES, TRANSFORMS, Composition
from lab.datasets import Dataset
from lab.exhibit import Action, Exhibit, Frame, Knobs, Metric, Output
from lab.networks import architecture, filters, models
from lab.networks.models import Classifier, card_for
from lab.networks.pixels import pictures_of
from lab.parameters import RUNNING, Choice, Number, Several
from lab.payloads import Curve, Filters, Matrix, Pictures
from lab.training.evaluation import Evaluation, evaluate
from lab.training.trainer import OPTIMISERS, SCHEDULES, OptimiserSettings, Trainer
from lab.workspace import Workspace

MISTAKES = 12
# Seconds between two yields, between two updates of the losses, and of the filters. On a CPU an
# optimiser step takes longer than BREATH, so that there "Step" makes one optimiser step.
BREATH = 0.008
LOOK = 0.15
FILTERS = 0.4
# Steps after which a copy of the first layer is kept, for the exhibit on filters.
KEPT = (0, 10, 100)


@dataclass(frozen=True)
class Parameters:
    """Dataset, architecture, optimiser; the live ones may change during training."""

    data: Annotated[
        str, Choice("Dataset", "datasets", help="Or drop a folder of class folders.")
    ] = "digits"
    network: Annotated[
        str,
        Choice("Architecture", {name: row.title for name, row in architecture.NETWORKS.items()}),
    ] = "cnn"
    optimiser: Annotated[str, Choice("Optimiser", OPTIMISERS)] = "sgd"
    lr: Annotated[
        float, Number("Learning rate", 1e-5, 1, log=True, live=RUNNING, form=".2g")
    ] = 0.05  # fmt: skip
    weight_decay: Annotated[
        float,
        Number("Weight decay", 0, 0.1, log=True, live=RUNNING, form=".2g",
               help="L2 regularisation."),
    ] = 2e-3  # fmt: skip
    schedule: Annotated[
        str, Choice("Learning-rate schedule", SCHEDULES, help="Smith and Topin, 2018.")
    ] = "one_cycle"
    batch_size: Annotated[int, Number("Batch size", 1, 1024, log=True)] = 64
    epochs: Annotated[int, Number("Epochs", 1, 200, log=True)] = 6
    augmentation: Annotated[
        tuple[str, ...],
        Several("Data augmentation", TRANSFORMS | POLICIES, ordered=True, live=RUNNING, auto="None",
                help="Of training images only, with the default strengths of that exhibit."),
    ] = ()  # fmt: skip


OUTPUTS = (
    Output("loss", Curve, "Loss (cross-entropy)", (0, 0, 1, 4),
           x="epoch", y="cross-entropy (nats)", log_y=True),
    Output("accuracy", Curve, "Accuracy", (0, 4, 1, 4),
           x="epoch", y="accuracy", y_range=(0, 1)),
    Output("filters", Filters, "First-layer filters (weights)", (0, 8, 1, 4)),
    Output("confusion", Matrix, "Confusion matrix (test images)", (1, 0, 1, 4),
           x="predicted class", y="true class"),
    Output("mistakes", Pictures, "Worst test errors: least probability of the true class",
           (1, 4, 1, 8)),
)  # fmt: skip

METRICS = (
    Metric("test_accuracy", "Test accuracy", ".1%"),
    # The mean of the last epoch. Not shown, since the legend gives the moving average.
    Metric("train_loss", "Training loss, last epoch", shown=False),
    Metric("test_loss", "Test loss"),
    Metric("parameters", "Parameters", ",d"),
    Metric("images_per_second", "Images per second", ",.0f", shown=False, timed=True),
)


class Smooth:
    """Exponential moving average with bias correction (as in Kingma and Ba, 2014)."""

    def __init__(self, memory: float = 0.9) -> None:
        self._memory, self._sum, self._weight = memory, 0.0, 0.0

    def __call__(self, values: list[float]) -> list[float]:
        """The average after each of `values`."""
        result = []
        for value in values:
            self._sum = self._memory * self._sum + (1 - self._memory) * value
            self._weight = self._memory * self._weight + (1 - self._memory)
            result.append(self._sum / self._weight)
        return result


def confusion(predicted: Tensor, labels: Tensor, classes: int) -> Tensor:
    """Counts, int64 (classes, classes): row is the true class, column the predicted one."""
    return torch.bincount(labels * classes + predicted, minlength=classes**2).view(classes, -1)


def worst(probabilities: Tensor, labels: Tensor, count: int = MISTAKES) -> Tensor:
    """Indices of the errors with the least probability of the true class, worst first."""
    of_truth = probabilities.gather(1, labels[:, None])[:, 0]
    wrong = (probabilities.argmax(1) != labels).nonzero()[:, 0]
    return wrong[of_truth[wrong].argsort()][:count]


class TrainingReport:
    """Frames from the state of the training loop."""

    def __init__(self, trainer: Trainer, model: Classifier, data: Dataset, epochs: int) -> None:
        self._trainer, self._model, self._data, self._epochs = trainer, model, data, epochs
        self._labels = data.test_labels.cpu()
        self._loss, self._accuracy = Smooth(), Smooth()
        self._epoch_losses: list[float] = []

    def training(self) -> Frame:
        """Loss and accuracy of the training batches since the last frame."""
        losses, hits = self._trainer.read_back()
        per_epoch = self._trainer.steps_per_epoch
        self._epoch_losses = (self._epoch_losses + losses)[-per_epoch:]
        done = self._trainer.step
        x = np.arange(done - len(losses) + 1, done + 1) / per_epoch
        pace = f"{self._trainer.images_per_second:,.0f} images/s"
        steps = self._trainer.images_per_second / self._trainer.batch_size
        epoch = min(int(self._trainer.epoch) + 1, self._epochs)
        return Frame(
            {
                "loss": Curve({"training": (x, self._loss(losses))}),
                "accuracy": Curve({"training": (x, self._accuracy(hits))}),
            },
            {"train_loss": float(np.mean(self._epoch_losses))} if self._epoch_losses else {},
            f"epoch {epoch} of {self._epochs}   {steps:.0f} steps/s",
            done / self._trainer.total_steps,
            f"{pace}   {steps:.0f} steps/s",
        )

    def filters(self) -> Frame:
        """The current weights of the first layer."""
        return Frame({"filters": Filters(filters.first_layer_filters(self._model))})

    def evaluated(self, now: Evaluation) -> Frame:
        """Loss, accuracy, confusion matrix and worst errors on the test images."""
        classes = self._data.classes
        predicted = now.probabilities.argmax(1)
        counts = confusion(predicted, self._labels, len(classes))
        bad = worst(now.probabilities, self._labels)
        captions = [
            f"true {classes[self._labels[i]]}, predicted {classes[predicted[i]]}"
            f" (p = {now.probabilities[i, predicted[i]]:.2f})"
            for i in bad
        ]
        epoch = self._trainer.epoch
        # Training comes first without a point, so that it keeps the first colour.
        none: tuple[list[float], list[float]] = ([], [])
        return Frame(
            {
                "loss": Curve({"training": none, "test": ([epoch], [now.loss])}),
                "accuracy": Curve({"training": none, "test": ([epoch], [now.accuracy])}),
                "confusion": Matrix(
                    counts.numpy(), classes, classes, annotate=".0f" if len(classes) <= 20 else ""
                ),
                "mistakes": Pictures(list(pictures_of(self._data.test_images[bad])), captions),
            },
            {"test_accuracy": now.accuracy, "test_loss": now.loss},
        )


def first_layer(model: Classifier) -> Tensor:
    """A copy, on the CPU, of the first layer's weights."""
    return filters.first_layer(model).weight.detach().to("cpu", torch.float32, copy=True)


def run(knobs: Knobs[Parameters], workspace: Workspace) -> Iterator[Frame]:
    """Train, evaluate twice an epoch, and save the network to the shelf at the end."""
    now = knobs.now
    yield Frame(status=f"loading {now.data}")
    data = workspace.data(now.data)
    card = card_for(now.network, data, workspace.seed)
    model = models.build(card).to(workspace.device)
    trainer = Trainer(
        model,
        data,
        optimiser_name=now.optimiser,
        settings=lambda: OptimiserSettings(knobs.now.lr, knobs.now.weight_decay),
        batch_size=now.batch_size,
        epochs=now.epochs,
        schedule=now.schedule,
        augment=lambda images: Composition(knobs.now.augmentation)(images),
    )
    history = {0: first_layer(model)}
    report = TrainingReport(trainer, model, data, now.epochs)
    yield Frame(metrics={"parameters": sum(p.numel() for p in model.parameters())})
    yield report.filters()
    latest: list[Evaluation] = []

    def evaluation() -> Iterator[Frame]:
        for result in evaluate(model, data.test_images, data.test_labels):
            if result is None:
                yield Frame()
            else:
                latest[:] = [result]
                yield report.evaluated(result)

    def shelve() -> str:
        accuracy = latest[0].accuracy
        learned = replace(card, trained=True, metrics={"test_accuracy": accuracy})
        keeping = Classifier(learned, model.network)
        keeping.history = {**history, trainer.step: first_layer(model)}
        return workspace.shelf.put(keeping, f"{card.title}, {accuracy:.1%}")

    yield from evaluation()
    every = max(1, trainer.steps_per_epoch // 2)
    breath, look, filters = (knobs.every(seconds) for seconds in (BREATH, LOOK, FILTERS))
    for step in trainer.steps():
        if step in KEPT:
            history[step] = first_layer(model)
        if step % every == 0 and step < trainer.total_steps:
            yield from evaluation()
        if look.due():
            yield report.training()
        elif breath.due():
            yield Frame()
        if filters.due():
            yield report.filters()
        if knobs.take("shelve"):  # after the yields: a run that is held there takes no step for it
            yield Frame(status=f"saved to models: {shelve()}")
    yield report.training()
    yield report.filters()
    yield from evaluation()
    shelve()
    yield Frame(
        metrics={"images_per_second": trainer.images_per_second},
        status=f"done: test accuracy {latest[0].accuracy:.1%}, network saved to models",
        progress=1.0,
    )


EXHIBIT = Exhibit(
    Parameters,
    run,
    OUTPUTS,
    caption="Training and test loss fall together while the network learns what generalises. When "
    "the test loss rises again, the network memorises its training images (overfitting). "
    "First-layer filters begin as noise: edges and colours are learned. The training curves are "
    "moving averages.",
    source="Krizhevsky et al., 2012 (filters); LeCun et al., 1998 (digits)",
    metrics=METRICS,
    actions=(
        Action("shelve", "Save network to models", "With its weights of this step", at_once=True),
    ),
    seeded=True,
    quick={"network": "mlp", "epochs": 1, "batch_size": 256},
    main="loss",
)
