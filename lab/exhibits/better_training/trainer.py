"""Training a network: loss, accuracy, first-layer filters, confusion matrix and worst errors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Annotated

import torch
from torch import Tensor

from lab.augmentation import POLICIES, TRANSFORMS, Composition
from lab.errors import UserError
from lab.exhibit import Action, Exhibit, Frame, Knobs, Metric, Output
from lab.exhibits.better_training._trainer_report import TrainingReport
from lab.networks import architecture, filters, models
from lab.networks.freezing import freeze_first
from lab.networks.models import Classifier, card_for
from lab.networks.stochastic import set_rate
from lab.parameters import RUNNING, Choice, Number, Several, Switch, When
from lab.payloads import Curve, Filters, Matrix, Pictures
from lab.training.evaluation import Evaluation, evaluate
from lab.training.regularisers import REGULARISERS, PenalisedLoss, Strength
from lab.training.trainer import OPTIMISERS, SCHEDULES, OptimiserSettings, Trainer
from lab.workspace import Workspace

# Seconds between two yields, between two updates of the losses, and of the filters. On a CPU an
# optimiser step takes longer than BREATH, so that there "Step" makes one optimiser step.
BREATH = 0.008
LOOK = 0.15
FILTERS = 0.4
# Steps after which a copy of the first layer is kept, for the exhibit on filters.
KEPT = (0, 10, 100)
# The networks with hidden units that may be dropped.
DROPPING = When("network", "cnn", "mlp", "resnet", "residual_cnn", "alexnet_stem")


@dataclass(frozen=True)
class Parameters:
    """Dataset, architecture, optimiser; the live ones may change during training."""

    data: Annotated[
        str, Choice("Dataset", "datasets", help="Or drop a folder of class folders.")
    ] = "photo_patches"
    network: Annotated[
        str,
        Choice("Architecture", {name: row.title for name, row in architecture.NETWORKS.items()}),
    ] = "alexnet_stem"
    optimiser: Annotated[str, Choice("Optimiser", OPTIMISERS)] = "sgd"
    lr: Annotated[
        float, Number("Learning rate", 1e-5, 1, log=True, live=RUNNING, form=".2g")
    ] = 0.05  # fmt: skip
    weight_decay: Annotated[
        float,
        Number("Weight decay", 0, 0.1, log=True, live=RUNNING, form=".2g",
               help="L2 regularisation."),
    ] = 2e-3  # fmt: skip
    l1: Annotated[
        float,
        Number("L1 regularisation", 0, 0.01, log=True, live=RUNNING, form=".2g",
               help="λ Σ|w| is added to the loss: many weights become nearly 0."),
    ] = 0.0  # fmt: skip
    dropout: Annotated[
        float,
        Number("Dropout rate p", 0, 0.9, 0.05, live=RUNNING, form=".0%", when=DROPPING,
               help="The probability of dropping a hidden unit."),
    ] = 0.3  # fmt: skip
    frozen: Annotated[
        int,
        Number("Frozen layers, from the input", 0, 8,
               help="They keep their random initial weights."),
    ] = 0  # fmt: skip
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
    stop: Annotated[
        bool, Switch("Stop when it diverges", help="When the loss is NaN or infinite.")
    ] = True  # fmt: skip


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
    freeze_first(model.network, now.frozen)

    def settings() -> OptimiserSettings:
        set_rate(model, knobs.now.dropout)
        return OptimiserSettings(knobs.now.lr, knobs.now.weight_decay)

    trainer = Trainer(
        model,
        data,
        optimiser_name=now.optimiser,
        settings=settings,
        batch_size=now.batch_size,
        epochs=now.epochs,
        schedule=now.schedule,
        augment=lambda images: Composition(knobs.now.augmentation)(images),
        loss_function=PenalisedLoss(REGULARISERS["l1"], lambda: Strength(l1=knobs.now.l1)),
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
        """Save the network as it is now; says what came of it."""
        if report.divergence:
            return f"{report.divergence}. The network is not saved"
        accuracy = latest[0].accuracy
        learned = replace(card, trained=True, metrics={"test_accuracy": accuracy})
        keeping = Classifier(learned, model.network)
        keeping.history = {**history, trainer.step: first_layer(model)}
        try:
            workspace.shelf.put(keeping, f"{card.title}, {accuracy:.1%}")
        except UserError as error:
            return f"not saved: {error}"
        return "network saved to models"

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
            if report.divergence and now.stop:
                break
        elif breath.due():
            yield Frame()
        if filters.due():
            yield report.filters()
        if knobs.take("shelve"):  # after the yields: a run that is held there takes no step for it
            yield Frame(status=shelve())
    yield report.training()
    yield report.filters()
    yield from evaluation()
    outcome = shelve()
    if not report.divergence:
        looks = f" ({looks})" if (looks := report.looks_like()) else ""
        outcome = f"done: test accuracy {latest[0].accuracy:.1%}{looks}, {outcome}"
    yield Frame(
        metrics={"images_per_second": trainer.images_per_second}, status=outcome, progress=1.0
    )


EXHIBIT = Exhibit(
    Parameters,
    run,
    OUTPUTS,
    caption="Training and test loss fall together while the network learns what generalises. When "
    "the test loss rises again, the network memorises its training images (overfitting). "
    "First-layer filters begin as noise and become oriented edges, opposing colours and patterns. "
    "The training curves are moving averages.",
    source="Krizhevsky et al., 2012 (filters); LeCun et al., 1998 (digits)",
    metrics=METRICS,
    actions=(
        Action("shelve", "Save network to models", "With its weights of this step", at_once=True),
    ),
    seeded=True,
    quick={"data": "digits", "network": "mlp", "epochs": 1, "batch_size": 256},
    main="loss",
)
