"""Plain against residual networks: the race's figures, and what is said of them."""

import numpy as np
import pytest

from lab import catalog
from lab.datasets import load
from lab.errors import UserError
from lab.exhibits.architectures._residual_race import DepthRace, titles
from lab.exhibits.architectures.residual import outcome
from lab.training.comparison import Step
from lab.training.scores import Scores

PATH = "architectures/residual"
FEW = {"depths": ("20", "56"), "images": 64, "epochs": 2, "seeds": 2}


def race_of(depths=("20",), epochs=2):
    data = load("digits").shortened(128)
    return DepthRace(data, depths, True, epochs, [3], lambda: 0.1)


def test_both_networks_of_a_depth_begin_with_the_same_weights():
    trainers = race_of().comparison.trainers
    plain, residual = (trainers[way].model.state_dict() for way in ("plain_20", "residual_20"))
    assert plain.keys() == residual.keys()
    assert all((plain[name] == value).all() for name, value in residual.items())


def test_the_gradients_on_the_screen_are_those_of_the_last_step():
    race = race_of()
    for number, event in enumerate(race.comparison.run()):
        if isinstance(event, Step):
            race.stepped(event.way)
            race.look()
            model = race.comparison.trainers[event.way].model
            wanted = [
                m.weight.grad.norm().item()
                for m in model.modules()
                if getattr(getattr(m, "weight", None), "ndim", 0) > 1
            ]
            assert race.gradients[event.way] == pytest.approx(wanted, rel=1e-4)
            assert len(wanted) == 20
            if number > 6:
                break


def test_a_run_tells_losses_gradients_and_blocks(lab_of_few):
    metrics, outputs = {}, {}
    for frame in catalog.load(PATH).run(lab_of_few, **FEW):
        metrics |= frame.metrics
        outputs |= frame.outputs
    assert set(outputs["ratios"].series) == {"ResNet-20", "ResNet-56"}
    assert len(outputs["ratios"].series["ResNet-56"][0]) == 27
    assert len(outputs["gradients"].series["Plain-56"][0]) == 56
    assert len(outputs["responses"].series["Plain-20"][0]) == 19
    assert metrics["seeds"] == 2
    assert set(outputs["accuracy"].bands) == set(titles(("20", "56")).values())
    for way in titles(("20", "56")):
        first, last = metrics[f"gradient_first_{way}"], metrics[f"gradient_last_{way}"]
        assert first > 0
        assert last > 0
        assert metrics[f"gradient_early_{way}"] != metrics[f"gradient_ratio_{way}"]
    assert metrics["train_loss_plain"] == metrics["train_loss_plain_56"]
    assert 0 < metrics["branch_ratio"] < 5


def test_on_few_steps_the_residual_network_of_56_layers_is_ahead(lab_of_few):
    metrics = {}
    values = {"depths": ("56",), "images": 64, "epochs": 16, "seeds": 1}
    for frame in catalog.load(PATH).run(lab_of_few, **values):
        metrics |= frame.metrics
    assert metrics["train_loss_residual"] < 0.8 * metrics["train_loss_plain"]


class Told:
    """A comparison with these training losses."""

    diverged = {}  # noqa: RUF012

    def __init__(self, times=(1.0,), **losses):
        self.scores = Scores(list(losses), range(3), times)
        for way, values in losses.items():
            for seed, value in enumerate(values):
                self.scores.put(way, seed, 0, {"train_loss": value})


def test_what_is_said_is_what_was_measured_though_it_is_not_what_the_lecture_says():
    depths = ("20", "56")
    labels = titles(depths)
    shallow = {"plain_20": [0.3, 0.2, 0.4], "residual_20": [0.1, 0.1, 0.1]}
    told = outcome(
        Told(**shallow, plain_56=[2, 1, 0.5], residual_56=[0.1, 0.2, 0.6]), labels, depths
    )
    assert told.tone == "bad"
    assert told.text == (
        "56 layers: loss 0.30 residual, 1.17 plain; residual lower in 2 of 3 seeds. "
        "From 20 to 56 layers: plain 0.30 → 1.17, residual 0.10 → 0.30."
    )
    early = Told(times=(0.0, 1.0), **shallow)
    clear = outcome(Told(**shallow), titles(("20",)), ("20",))
    assert clear.tone == "good"
    assert "From" not in clear.text
    for way, ratio in (("plain_20", 1240), ("residual_20", 1.5)):
        for seed in range(3):
            for check in range(2):
                early.scores.put(way, seed, check, {"train_loss": 1, "gradient_ratio": ratio})
    assert "at first: plain 1,240.0, residual 1.5" in outcome(early, titles(("20",)), ("20",)).text
    lost = Told(**shallow)
    lost.diverged = {("plain_20", 1): 12}
    found = outcome(lost, labels, ("20",))
    assert "Plain-20 diverged at step 12 (seed 1)" in found.text
    assert found.tone == "bad"


def test_before_the_first_figures_it_says_when_they_come():
    assert "a tenth" in outcome(Told(plain_20=[], residual_20=[]), titles(("20",)), ("20",)).text


def test_without_a_depth_it_says_so(lab_of_few):
    with pytest.raises(UserError, match="choose 1 or more"):
        list(catalog.load(PATH).run(lab_of_few, depths=()))


def test_without_normalisation_the_forward_signal_is_not_kept(lab_of_few):
    outputs = {}
    values = {"depths": ("56",), "images": 64, "epochs": 1, "seeds": 1, "batch_norm": False}
    spans = []
    for frame in catalog.load(PATH).run(lab_of_few, **values):
        outputs |= frame.outputs
        if "responses" in frame.outputs and not spans:
            spans = [np.max(y) / np.min(y) for _, y in outputs["responses"].series.values()]
    assert max(spans) > 10
