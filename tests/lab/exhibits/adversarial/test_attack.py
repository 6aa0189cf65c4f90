"""The attack as it is told: pictures, probabilities, the way between them."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from lab import catalog
from lab.attacks.table import ATTACKS, SEARCHES
from lab.errors import UserError
from lab.exhibit import Frame, Knobs
from lab.exhibits.adversarial._attack_cards import PerturbationPath, Subject
from lab.exhibits.adversarial.attack import METHODS, Parameters, advice, attack_for, target_of
from lab.media import pictures
from lab.networks.shelf import Shelf
from lab.networks.shipped import STEM
from lab.workspace import Workspace


@pytest.fixture(scope="module")
def workspace():
    return replace(Workspace.open("cpu"), pictures=(pictures.embedded("chelsea"),))


@pytest.fixture(scope="module")
def subject():
    """The embedded stem looks at a patch of the coffee."""
    model = Shelf().get(STEM)
    pixels = model.prepare(pictures.embedded("coffee").pixels)
    with torch.inference_mode():
        return Subject(model, pixels, model(pixels)[0].softmax(0))


def told(workspace, **values):
    values = {"model": STEM, "iterations": 8, **values}
    frames = list(catalog.load("adversarial/attack").run(workspace, **values))
    result = frames[0]
    for frame in frames[1:]:
        result = result.then(frame)
    return result


@pytest.mark.parametrize("method", METHODS)
def test_every_method_changes_the_picture_a_little_and_fools(workspace, method):
    end = told(workspace, method=method, epsilon=12 / 255, step=2 / 255, iterations=20)
    metrics = end.metrics
    assert metrics["clean_class"] != metrics["adversarial_class"]
    assert metrics["adversarial_probability"] > 1 / 12
    assert 0 < metrics["linf"] < 0.5
    assert metrics["l2"] < 0.2 * np.sqrt(3 * 40 * 40)
    assert metrics["iterations"] >= 1
    assert "is classified as" in end.status
    if method in ("fgsm", "pgd"):
        assert metrics["linf"] == pytest.approx(12 / 255, abs=1e-6)


def test_a_targeted_attack_ends_in_the_class_that_was_asked_for(workspace):
    target = Shelf().get(STEM).classes[8]
    end = told(workspace, target=target, epsilon=16 / 255, step=2 / 255, iterations=20)
    assert end.metrics["adversarial_label"] == target
    assert end.metrics["adversarial_probability"] > 0.9


def test_the_curve_begins_with_the_picture_and_meets_what_was_found(workspace):
    end = told(workspace, epsilon=10 / 255, step=2 / 255)
    curve = end.outputs["along"]
    own, other = (series for _, series in curve.series.items())
    assert own[1][0] == pytest.approx(end.metrics["clean_probability"], abs=1e-4)
    assert other[1][16] == pytest.approx(end.metrics["adversarial_probability"], abs=1e-3)
    assert curve.marker == pytest.approx(10 / 255, rel=1e-4)
    assert other[0][16] == pytest.approx(10 / 255, rel=1e-4)


def test_the_slider_moves_along_the_way_when_the_attack_rests(workspace):
    exhibit = catalog.load("adversarial/attack")
    knobs = Knobs(
        Parameters(model=STEM, epsilon=10 / 255, step=2 / 255, iterations=8), attended=True
    )
    frames = exhibit.run(workspace, knobs)
    end = next(frame for frame in frames if frame.rest)
    knobs.now = replace(knobs.now, epsilon=0.0)
    back = next(frames)
    assert back.rest
    assert back.outputs["along"].marker == 0
    original, _, changed = back.outputs["pictures"].images
    assert (original == changed).all()
    assert "still" in back.status
    knobs.now = replace(knobs.now, epsilon=4 / 255)
    moved = next(frames)
    assert moved.outputs["along"].marker == 4 / 255
    assert "at ε = 0.016 = 4/255" in moved.status
    assert end.rest
    frames.close()


def test_only_while_it_goes_on_does_it_ask_for_step_and_iterations(workspace):
    exhibit = catalog.load("adversarial/attack")
    frames = list(exhibit.run(workspace, model=STEM, iterations=4))
    assert any(frame.fixed for frame in frames)
    going = next(n for n, frame in enumerate(frames) if frame.fixed)
    assert "adversarial_class" in frames[going].metrics, "it is fixed when the attack has ended"
    assert exhibit.live_in(fixed=False) == {"epsilon", "step", "iterations", "on"}
    assert exhibit.live_in(fixed=True) == {"epsilon"}


@pytest.mark.parametrize("method", METHODS)
def test_an_epsilon_that_turns_while_it_goes_on_is_kept_to_or_gone_to_at_its_end(workspace, method):
    exhibit = catalog.load("adversarial/attack")
    start = Parameters(model=STEM, method=method, epsilon=10 / 255, step=2 / 255, iterations=6)
    knobs = Knobs(start, attended=True)
    frames = exhibit.run(workspace, knobs)
    for _ in range(4):
        next(frames)
    knobs.now = replace(start, epsilon=3 / 255)
    end = next(frame for frame in frames if frame.rest)
    frames.close()
    assert end.outputs["along"].marker == pytest.approx(3 / 255, rel=1e-3)


@pytest.mark.parametrize("method", ["descent", "pgd", "carlini_wagner", "deepfool"])
def test_iterations_count_while_it_goes_on(workspace, method):
    exhibit = catalog.load("adversarial/attack")
    start = Parameters(model=STEM, method=method, epsilon=1 / 255, step=1e-4, iterations=40)
    knobs, made = Knobs(start), []
    for frame in exhibit.run(workspace, knobs):
        made += [frame.metrics["iterations"]] if "iterations" in frame.metrics else []
        knobs.now = replace(start, iterations=2)
    searches = SEARCHES if method == "carlini_wagner" else 1
    assert made[0] <= 3 * searches


def test_the_pictures_are_shown_at_one_scale_and_can_be_compared(subject):
    delta = torch.zeros_like(subject.pixels)
    delta[..., 3, 5] = 0.1 * (0.5 - subject.pixels[..., 3, 5]).sign()
    shown = subject.pictures(subject.pixels + delta, subject.clean)
    assert shown.compared == (0, 2)
    original, difference, changed = (image.astype(int) for image in shown.images)
    assert abs(changed - original)[3, 5].min() >= 25
    assert (difference[0, 0] == 128).all()
    # Five times 0.1 is all the way from grey to black or white.
    assert set(difference[3, 5].tolist()) <= {0, 255}
    assert "× 5" in shown.captions[1]
    assert "25.5/255" in shown.captions[1]


def test_bars_hold_both_pictures_classes_and_the_wanted_one(subject):
    other = subject.clean.flip(0)
    wanted = int(subject.clean.argmin())
    bars = subject.bars(other, wanted)
    names = subject.model.classes
    assert {names[subject.said], names[int(other.argmax())], names[wanted]} <= set(bars.labels)
    assert bars.labels[bars.highlight] == names[int(other.argmax())]
    at = bars.labels.index(names[subject.said])
    assert bars.series["original"][at] == pytest.approx(float(subject.clean.max()))


def test_the_way_is_straight_and_stays_a_picture(subject):
    delta = torch.full_like(subject.pixels, 4 / 255)
    way = PerturbationPath(subject, delta, 4 / 255)
    assert torch.equal(way.at(0), subject.pixels)
    assert torch.allclose(way.at(2 / 255), (subject.pixels + 2 / 255).clamp(0, 1))
    assert way.at(1000).max() <= 1
    assert torch.equal(PerturbationPath(subject, 0 * delta, 0.0).at(9), subject.pixels)


@pytest.mark.parametrize(("method", "root"), [("pgd", 1.0), ("pgd_l2", (3 * 40 * 40) ** 0.5)])
def test_in_l2_the_slider_is_the_root_of_the_mean_square(subject, method, root):
    now = Parameters(method=method, epsilon=0.01, step=0.002)
    attack = attack_for(now, subject, None)
    assert attack.epsilon == pytest.approx(0.01 * root)
    assert attack.step == pytest.approx(0.002 * root)


def test_restarts_and_targets_reach_the_attack(subject):
    now = Parameters(restarts=4, epsilon=6 / 255, step=2 / 255)
    attack = attack_for(now, subject, None)
    assert (attack.restarts, attack.targeted) == (4, False)
    assert attack.labels.tolist() == [subject.said]
    attack = attack_for(replace(now, method="carlini_wagner"), subject, 7)
    assert attack.targeted
    assert attack.labels.tolist() == [7]


def test_an_impossible_target_is_refused_in_one_line(workspace, subject):
    said = subject.model.classes[subject.said]
    with pytest.raises(UserError, match=f"predicts {said} already: choose another"):
        target_of(subject.model, Parameters(target=said), subject.said)
    with pytest.raises(UserError, match="already"):
        target_of(subject.model, Parameters(target="top"), subject.said)


def test_deepfool_goes_to_the_nearest_class_whatever_was_wanted_of_another_method(subject):
    wanted = subject.model.classes[(subject.said + 1) % 12]
    assert target_of(subject.model, Parameters(target=wanted), subject.said) is not None
    now = Parameters(method="deepfool", target=wanted)
    assert target_of(subject.model, now, subject.said) is None


# --- beginnings and advice that fit


@pytest.mark.parametrize("model", ["efficientnet_lite0", STEM, "digits-cnn"])
@pytest.mark.parametrize("method", ["fgsm", "pgd", "descent"])
def test_epsilon_and_step_begin_where_they_fool_a_network_of_this_kind(workspace, model, method):
    end = Frame()
    for frame in catalog.load("adversarial/attack").run(workspace, model=model, method=method):
        end = end.then(frame)
    assert end.metrics["clean_class"] != end.metrics["adversarial_class"], end.status


def test_the_step_follows_epsilon_until_it_is_set(subject):
    for epsilon in (2 / 255, 40 / 255):
        now = Parameters(epsilon=epsilon, iterations=20)
        assert attack_for(now, subject, None).step == pytest.approx(2.5 * epsilon / 20)
    assert attack_for(replace(now, step=1 / 255), subject, None).step == pytest.approx(1 / 255)


@pytest.mark.parametrize("method", METHODS)
def test_where_it_fails_it_advises_only_what_the_attack_uses(workspace, method):
    # So weak that none of them gets anywhere.
    end = told(workspace, model="efficientnet_lite0", method=method, epsilon=1e-9, iterations=1)
    uses = ATTACKS[method].uses
    if end.metrics["clean_class"] != end.metrics["adversarial_class"]:
        assert method in ("carlini_wagner", "deepfool"), "these find their size themselves"
        end = Frame(status=f"still: {advice(ATTACKS[method])}")
    assert ("larger ε" in end.status) == ("epsilon" in uses)
    assert ("more iterations" in end.status) == ("iterations" in uses)
    assert end.status.startswith("still")
