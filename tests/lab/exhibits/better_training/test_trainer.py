"""What the trainer says of a network, against worked examples."""

import re

import numpy as np
import pytest
import torch

from lab import catalog
from lab.errors import UserError
from lab.exhibit import Frame, Knobs
from lab.exhibits.better_training import trainer
from lab.exhibits.better_training._trainer_report import confusion, worst
from lab.networks.pixels import pictures_of
from lab.training.trainer import OptimiserSettings, Trainer

SMALL = {"data": "digits", "network": "mlp", "epochs": 1, "batch_size": 200, "lr": 0.1}


def test_a_row_of_the_confusion_is_the_true_class():
    counts = confusion(torch.tensor([0, 2, 2, 1]), torch.tensor([0, 1, 1, 1]), 3)
    assert counts.tolist() == [[1, 0, 0], [0, 1, 2], [0, 0, 0]]


def test_the_worst_mistakes_come_first_and_hits_never():
    probabilities = torch.tensor([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.99, 0.01]])
    labels = torch.tensor([0, 0, 1, 1])
    assert worst(probabilities, labels).tolist() == [3, 1, 2]
    assert worst(probabilities, labels, 1).tolist() == [3]
    assert worst(probabilities[:1], labels[:1]).tolist() == []


def test_grey_pictures_become_rgb():
    grey = torch.arange(2 * 4, dtype=torch.uint8).view(2, 1, 2, 2)
    shown = pictures_of(grey)
    assert shown.shape == (2, 2, 2, 3)
    assert (shown == grey[:, 0, :, :, None].numpy()).all()


def test_a_network_is_shelved_on_request_and_at_the_end(workspace):
    exhibit = catalog.load("better_training/trainer")
    values = exhibit.parameters(data="digits", network="mlp", epochs=1, batch_size=100)
    knobs = Knobs(values)
    before = set(workspace.shelf.names_trained_here())
    kept = None
    for frame in exhibit.run(workspace, knobs):
        # Asked for before the first step, so that no machine is too quick for it.
        if kept is None and "loss" in frame.outputs:
            knobs.ask("shelve")
            kept = set(workspace.shelf.names_trained_here())
    new = [n for n in workspace.shelf.names_trained_here() if n not in before]
    assert kept == before
    assert len(new) == 2
    card = workspace.shelf.card(new[-1])
    assert card.trained
    assert card.metrics["test_accuracy"] > 0.5
    assert list(workspace.shelf.get(new[-1]).history) == [0, 10, 40]
    assert 0 in workspace.shelf.get(new[0]).history
    for name in new:
        workspace.shelf.remove(name)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("lr", 0.0011),
        ("weight_decay", 0.05),
        ("l1", 1e-3),
        ("dropout", 0.9),
        ("augmentation", ("rotation", "rand_augment")),
    ],
)
def test_what_is_live_changes_the_run_under_way(workspace, name, value):
    exhibit = catalog.load("better_training/trainer")

    def final(turned):
        knobs = Knobs(exhibit.parameters(**SMALL))
        last = {}
        for frame in exhibit.run(workspace, knobs):
            last |= frame.metrics
            if turned and "parameters" in frame.metrics:
                knobs.now = exhibit.parameters(**(SMALL | {name: value}))
        return last["test_loss"]

    assert final(True) != final(False)


# --- what its curve looks like, and a training that diverges


def told(lab, **values):
    """All that it shows together, and each status."""
    frames = list(catalog.load("better_training/trainer").run(lab, **(SMALL | values)))
    end = Frame()
    for frame in frames:
        end = end.then(frame)
    return end, [frame.status for frame in frames if frame.status]


def test_frozen_layers_keep_their_initial_filters(lab_of_few, held_clock):
    held_clock.tick = 1.0

    def filters(frozen):
        frames = catalog.load("better_training/trainer").run(
            lab_of_few, Knobs(trainer.Parameters(**SMALL, frozen=frozen))
        )
        shown = [f.outputs["filters"].weights for f in frames if "filters" in f.outputs]
        return (shown[0] == shown[-1]).all()

    assert not filters(0)
    assert filters(1)


def test_a_network_that_is_all_frozen_is_one_line(lab_of_few):
    with pytest.raises(UserError, match="8 frozen layers of 3: nothing is left to train"):
        list(
            catalog.load("better_training/trainer").run(
                lab_of_few, Knobs(trainer.Parameters(**SMALL, frozen=8))
            )
        )


@pytest.mark.parametrize("due", [True, False])
def test_the_failure_that_its_curve_looks_like_is_told_at_the_end(lab_of_few, held_clock, due):
    held_clock.tick = 1.0 if due else 0.0  # whether or not the losses were looked at meanwhile
    values = {"epochs": 3, "batch_size": 20, "schedule": "constant"}
    end, _ = told(lab_of_few, **values, lr=1e-5)
    assert re.match(r"done: test accuracy \S+% \(stays at 2\.\d+, as guessing\), net", end.status)
    end, _ = told(lab_of_few, **values, lr=0.01)
    assert re.match(r"done: test accuracy \S+%, network saved", end.status)


@pytest.mark.parametrize(
    "values",
    [
        {"network": "cnn", "optimiser": "adam"},
        {"network": "resnet"},
        {"network": "mlp", "schedule": "constant"},
    ],
)
def test_one_that_diverges_says_so_and_saves_nothing(lab_of_few, held_clock, monkeypatch, values):
    held_clock.tick = 1.0
    monkeypatch.setattr(trainer, "OptimiserSettings", lambda lr, decay: OptimiserSettings(1e20, 0))
    end, statuses = told(lab_of_few, **values, epochs=3, batch_size=20)
    assert lab_of_few.shelf.names_trained_here() == []
    line = r"diverged: the loss is NaN or infinite since step (\d+); try a smaller learning rate"
    since = int(re.match(line, statuses[-1])[1])
    assert statuses[-1].endswith("The network is not saved")
    loss = end.outputs["loss"]
    _, y = loss.series["training"]
    assert loss.title == f"Loss (cross-entropy): diverged at step {since}"
    assert loss.marker == pytest.approx(since / 6)
    assert np.isfinite(y[: since - 1]).all()
    assert not np.isfinite(y[since - 1 :]).any()
    assert len(y) < 18, "it stops"
    assert np.isnan([end.metrics["test_accuracy"], end.metrics["test_loss"]]).all()
    assert end.progress == 1


def test_it_goes_on_where_that_is_asked_for_and_still_saves_nothing(
    lab_of_few, held_clock, monkeypatch
):
    held_clock.tick = 1.0
    monkeypatch.setattr(trainer, "OptimiserSettings", lambda lr, decay: OptimiserSettings(1e20, 0))
    exhibit, end = catalog.load("better_training/trainer"), Frame()
    knobs = Knobs(exhibit.parameters(**(SMALL | {"epochs": 3, "batch_size": 20, "stop": False})))
    for frame in exhibit.run(lab_of_few, knobs):
        end = end.then(frame)
        if (end.status or "").startswith("diverged"):
            knobs.ask("shelve")
    assert len(end.outputs["loss"].series["training"][1]) == 18
    assert end.status.startswith("diverged: ")
    assert lab_of_few.shelf.names_trained_here() == []


def test_weights_that_only_the_last_step_broke_are_not_saved(lab_of_few, monkeypatch):
    class Last(Trainer):
        def steps(self):
            for step in super().steps():
                if step == self.total_steps:
                    next(iter(self.model.parameters())).data.fill_(float("nan"))
                yield step

    monkeypatch.setattr(trainer, "Trainer", Last)
    end, statuses = told(lab_of_few, batch_size=20)
    assert lab_of_few.shelf.names_trained_here() == []
    assert "since step 6" in end.status
    assert not any("saved to models" in status for status in statuses)
