"""Batch normalisation: the shift that it removes, whether that matters, and its test time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Annotated

from lab.errors import UserError
from lab.exhibit import Action, Exhibit, Frame, Knobs, Output
from lab.exhibit.comparing import (
    final_metrics,
    mean_curve,
    raced,
)
from lab.exhibits.building_blocks import _batch_norm_cards as cards
from lab.exhibits.building_blocks._batch_norm_networks import (
    BATCH,
    NETWORKS,
    NONE,
    PROBE,
    TITLES,
    Recorder,
    comparison,
    learned,
    verdict,
)
from lab.networks.models import Classifier
from lab.parameters import RUNNING, Choice, Number
from lab.payloads import Curve, Histogram
from lab.training.batch_statistics import refusal
from lab.training.comparison import Checkpoint
from lab.workspace import Workspace

# Evaluations in a race; seconds between two looks at what is recorded.
CHECKS, LOOK = 16, 0.4


@dataclass(frozen=True)
class Parameters:
    """What is looked at, which is live, and what is trained.

    Four layers are where the effect is largest and both learn. Seeds 0 to 2: test accuracy 64 ± 15
    without, 92.0 ± 0.6 with, 92.0 ± 1.1 % with noise; 80 % come at step 40 of 640 with, and never
    without, where the inputs of the last layer move by 172 standard deviations (with: 0.46). With
    the paper's three layers both learn (93 and 91 %), without needs three times as many steps, and
    its gradient changes more along itself (0.54, with 0.33; with noise 0.34); with five nothing is
    learned without.
    """

    layer: Annotated[
        int, Number("Layer", 1, 8, live=True, help="The last for a larger number.")
    ] = 4  # fmt: skip
    unit: Annotated[
        int, Number("Unit", 1, 100, live=True, help="A channel of a CNN. One of the layer's.")
    ] = 1  # fmt: skip
    way: Annotated[str, Choice("Network in detail", TITLES, live=True)] = NONE
    shift: Annotated[
        str,
        Choice("Shift", {"start": "Since the start", "step": "Between recordings"}, live=True),
    ] = "start"
    smooth: Annotated[
        str,
        Choice("Along the gradient", {"loss": "Loss", "gradient": "Gradient"}, live=True,
               help="Santurkar et al.: steps of half to four times the learning rate."),
    ] = "gradient"  # fmt: skip
    identity: Annotated[
        float,
        Number("γ, β: share of σ, μ", 0, 1, 0.05, live=True, form=".0%",
               help="At 100 % the layer gives back its input."),
    ] = 1.0  # fmt: skip
    momentum: Annotated[
        float,
        Number("Momentum, running averages", 1e-4, 1, log=True, live=True, form=".2g",
               help="How much of each batch enters them. They count at test time alone."),
    ] = 0.1  # fmt: skip
    lr: Annotated[
        float, Number("Learning rate", 1e-4, 5, log=True, live=RUNNING, form=".2g")
    ] = 0.1  # fmt: skip
    network: Annotated[str, Choice("Architecture", NETWORKS)] = "mlp"
    depth: Annotated[int, Number("Hidden layers", 1, 8)] = 4
    batch_size: Annotated[
        int, Number("Batch size", 1, 256, log=True, help="An MLP needs 2: see the caption.")
    ] = 50  # fmt: skip
    data: Annotated[str, Choice("Dataset", "datasets")] = "digits"
    images: Annotated[int, Number("Training images", 50, 50_000, log=True)] = 4000
    epochs: Annotated[int, Number("Epochs", 1, 100, log=True)] = 8
    seeds: Annotated[int, Number("Seeds", 1, 6, help="Three networks each.")] = 3


OUTPUTS = (
    Output("bands", Curve, "Internal covariate shift: inputs of a unit", (0, 0, 1, 6),
           x="step", y="input of the unit: 15, 50, 85 %"),
    Output("shifts", Curve, "Shift of each layer's inputs", (0, 6, 1, 3),
           x="layer", y="standard deviations", log_y=True),
    Output("accuracy", Curve, "Test accuracy, mean over the seeds", (0, 9, 1, 3),
           x="epoch", y="test accuracy", y_range=(0, 1)),
    Output("histogram", Histogram, "Inputs of the unit", (1, 0, 1, 3), x="input", y="share"),
    Output("smoothness", Curve, "Along the gradient", (1, 3, 1, 3),
           x="step", y="range over the lengths"),
    Output("identity", Histogram, "γ and β", (1, 6, 1, 3), x="activation", y="share"),
    Output("test_time", Curve, "Batch norm at test time", (1, 9, 1, 3),
           x="test images in a batch", y="test accuracy", log_x=True, y_range=(0, 1)),
)  # fmt: skip


def run(knobs: Knobs[Parameters], workspace: Workspace) -> Iterator[Frame]:
    """The race with its recordings, then the same cards, which follow the controls."""
    now = knobs.now
    yield Frame(status=f"loading {now.data}")
    data = workspace.data(now.data).shortened(now.images)
    race = comparison(
        data,
        range(workspace.seed, workspace.seed + now.seeds),
        network=now.network,
        depth=now.depth,
        batch_size=now.batch_size,
        epochs=now.epochs,
        lr=lambda: knobs.now.lr,
        checks=CHECKS,
    )
    recorder = Recorder(race, data, lambda: knobs.now.lr)
    records, model = recorder.records, recorder.classifier(BATCH)
    test_time = cards.TestTime(model, data, recorder.statistics)
    probe = data.train_images[:PROBE]

    def seen() -> Frame:
        """The recordings, as the controls ask for them."""
        now = knobs.now
        layer, unit = now.layer, now.unit
        same = cards.identity(model, records[BATCH], probe, layer, unit, now.identity)
        return Frame(
            {
                "bands": cards.bands(records, layer, unit, now.way),
                "shifts": cards.shifts(records, now.shift),
                "histogram": cards.histogram(records[now.way], now.way, layer, unit),
                "smoothness": cards.smoothness(records, now.smooth),
                "identity": same.shown,
            },
            {"identity_difference": same.difference, **cards.metrics(records)},
        )

    def tested() -> Frame:
        """Test time, with the running averages of the momentum asked for."""
        test_time.average(knobs.now.momentum)
        return Frame(
            {"test_time": test_time.curve(knobs.now.momentum)},
            {
                "running_accuracy": test_time.running,
                "by_batch_size": list(test_time.by_batch.values()),
                "batch_of_one": test_time.by_batch[1],
            },
        )

    def checked(checkpoint: Checkpoint) -> Frame:
        metrics = final_metrics(race.scores, "test_accuracy")
        metrics |= {f"steps_{way}": learned(race, way) for way in TITLES}
        frame = Frame({"accuracy": mean_curve(race.scores, "test_accuracy", TITLES)}, metrics)
        return frame.then(seen()) if race.race_number == 0 else frame

    def shelve() -> str:
        """Save the network with batch normalisation of the first seed."""
        measured = {"test_accuracy": test_time.running}
        learnt = Classifier(replace(model.card, trained=True, metrics=measured), model.network)
        title = f"{NETWORKS[now.network]}, batch norm, on {data.title}"
        try:
            workspace.shelf.put(learnt, title)
        except UserError as error:
            return f"not saved: {error}"
        return f"saved to models: {title}"

    def looked_at() -> tuple[object, ...]:
        now = knobs.now
        return now.layer, now.unit, now.way, now.shift, now.smooth, now.identity

    look, shown, averaged, checks = knobs.every(LOOK), looked_at(), knobs.now.momentum, 0
    yield seen().then(Frame(metrics={"refusal": refusal()}))
    for frame in raced(race, knobs, Frame, checked, recorder.stepped):
        yield frame
        running = race.race_number == 0 and race.race_share < 1
        if looked_at() != shown or (running and look.due()):
            shown = looked_at()
            yield seen()
        if "accuracy" in frame.outputs and race.race_number == 0:
            checks += 1
            if checks % 4 == 1 or race.race_share == 1:
                for _ in test_time.measure():
                    yield Frame()
            averaged = knobs.now.momentum
            yield tested()
        elif knobs.now.momentum != averaged:
            averaged = knobs.now.momentum
            yield tested()
        if knobs.take("shelve"):
            yield Frame(status=shelve())
    yield (
        seen()
        .then(tested())
        .then(
            Frame(
                metrics={"images_per_second": race.images_per_second},
                status=verdict(race, recorder),
                progress=1.0,
                fixed=True,
            )
        )
    )
    shown, averaged = looked_at(), knobs.now.momentum
    while True:
        if knobs.take("shelve"):
            yield Frame(status=shelve())
        elif looked_at() != shown:
            shown = looked_at()
            yield seen()
        elif knobs.now.momentum != averaged:
            averaged = knobs.now.momentum
            yield tested()
        else:
            yield Frame(rest=True)


EXHIBIT = Exhibit(
    Parameters,
    run,
    OUTPUTS,
    caption="Without batch normalisation the inputs of a layer drift while the layers before it "
    "learn (internal covariate shift); with it they stay. But noise after it brings the shift "
    "back, and the network still learns as fast. What helps may be a smoother loss, whose gradient "
    "changes less along itself (Santurkar et al.): compare it where both learn, with three layers; "
    "with four the loss is a flat plateau at first. γ = σ and β = μ give the identity. At test "
    "time running averages stand for the batch: with one image the variance is 0, x − mean is 0, "
    "and every image gets the same answer; PyTorch refuses to train so (“Expected more than 1 "
    "value per channel”).",
    source="Ioffe and Szegedy, 2015; Santurkar et al., 2018",
    metrics=cards.METRICS,
    actions=(
        Action("shelve", "Save network to models", "With batch normalisation, first seed",
               at_once=True),
    ),
    seeded=True,
    quick={"images": 100, "epochs": 2, "seeds": 1, "depth": 2},
    main="bands",
)  # fmt: skip
