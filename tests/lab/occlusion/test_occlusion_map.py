"""Occlusion maps, against the naive loop and Captum."""

import importlib.util
import math

import pytest
import torch

from lab.errors import UserError
from lab.occlusion.occlusion_map import coarse_to_fine, occlusion_map, positions
from tests.lab.occlusion.samples import naive, picture, small


@pytest.mark.parametrize("output", ["logit", "probability"])
def test_the_map_of_a_rectangular_picture_with_a_stride_that_does_not_divide(output):
    image, model = picture(3, 40, 57), small()
    found = occlusion_map(model, image, 3, patch=(8, 12), stride=(7, 10), output=output)
    tops, lefts = positions(40, 57, (8, 12), (7, 10))
    assert tops == [0, 7, 14, 21, 28, 35]
    assert lefts == [0, 10, 20, 30, 40, 50]
    hidden = naive(model, image, [(y, x) for y in tops for x in lefts], (8, 12))
    if output == "probability":
        hidden = hidden.softmax(1)
    assert found.dtype == torch.float32
    wanted = hidden[:, 3].view(6, 6)
    torch.testing.assert_close(found, wanted, atol=1e-5, rtol=1e-4)


@pytest.mark.peers
@pytest.mark.parametrize(("patch", "stride"), [((8, 8), (8, 8)), ((10, 12), (10, 9)), (9, 9)])
def test_it_agrees_with_captum(patch, stride):
    if importlib.util.find_spec("captum") is None:
        pytest.skip("captum is not installed (extra `bench`)")
    from captum.attr import Occlusion

    image, model = picture(3, 45, 40), small()
    hidden = occlusion_map(model, image, 2, patch=patch, stride=stride, fill=0.3)
    with torch.inference_mode():
        losses = model(image[None])[0, 2] - hidden
    (ph, pw), (sh, sw) = ((p, p) if isinstance(p, int) else p for p in (patch, stride))
    peer = Occlusion(model).attribute(
        image[None],
        sliding_window_shapes=(3, ph, pw),
        strides=(3, sh, sw),
        target=2,
        baselines=0.3,
    )[0, 0]
    # Captum spreads each loss over its patch: where several cover a pixel, their mean.
    total, count = torch.zeros(45, 40), torch.zeros(45, 40)
    for i, row in enumerate(losses):
        for j, loss in enumerate(row):
            total[i * sh : i * sh + ph, j * sw : j * sw + pw] += loss
            count[i * sh : i * sh + ph, j * sw : j * sw + pw] += 1
    assert (count > 0).all()
    torch.testing.assert_close(total / count, peer, atol=1e-5, rtol=1e-4)


def test_positions_are_captums():
    assert positions(224, 224, 32, 8) == ([i * 8 for i in range(25)],) * 2
    for size, patch, stride in [(45, 10, 9), (40, 12, 10), (33, 33, 5), (28, 7, 1)]:
        tops, _ = positions(size, size, patch, stride)
        assert len(tops) == math.ceil((size - patch) / stride) + 1
        assert tops[-1] < size <= tops[-1] + patch


def test_coarse_to_fine_visits_each_position_once():
    passes = coarse_to_fine(25, 10)
    assert passes[0][:4] == [(0, 0), (0, 4), (0, 8), (4, 0)]
    assert len(passes[0]) == 7 * 3
    visited = [place for part in passes for place in part]
    assert len(visited) == len(set(visited)) == 250
    assert {(y, x) for part in passes[:2] for y, x in part} == {
        (y, x) for y in range(0, 25, 2) for x in range(0, 10, 2)
    }


def test_the_model_is_left_as_it_was():
    model, image = small(), picture()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    occlusion_map(model, image, 0, patch=32, stride=16)
    assert all(torch.equal(before[name], t) for name, t in model.state_dict().items())
    assert torch.equal(image, picture())
    # Its gradients still flow.
    model(image[None]).sum().backward()


OPTIONS = {"patch": 8, "stride": 8}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"patch": 65}, "does not fit"),
        ({"patch": (8, 65)}, "does not fit"),
        ({"patch": (65, 8)}, "does not fit"),
        ({"patch": 0}, "patch 0: choose 1 px"),
        ({"stride": 0}, "stride 0: choose 1 px"),
        ({"stride": (1, -2)}, "choose 1 px"),
        ({"target": 5}, "no class 5: this model has 0 to 4"),
        ({"target": -1}, "no class -1"),
        ({"output": "loss"}, "no output loss: choose logit or probability"),
        ({"image": torch.zeros(1, 3, 64, 64)}, "an image is float"),
        ({"image": torch.zeros(3, 64, 64, dtype=torch.uint8)}, "an image is float"),
        ({"image": torch.full((3, 64, 64), torch.nan)}, "not finite"),
        ({"image": torch.full((3, 64, 64), 1.5)}, "outside of"),
        ({"image": torch.full((3, 64, 64), -0.1)}, "outside of"),
        ({"image": torch.zeros(1, 64, 64)}, "does not take an image"),
        ({"fill": torch.zeros(3, 5, 5)}, "cannot lay a fill"),
        ({"fill": math.nan}, "not finite"),
        ({"shape": "star"}, "no shape star"),
        ({"shape": torch.ones(3, 3, dtype=torch.bool)}, "a mask must be bool"),
    ],
)
def test_bad_input_is_said_in_a_line(change, message):
    given = {"image": picture(), "target": 0} | OPTIONS | change
    with pytest.raises(UserError, match=message) as caught:
        occlusion_map(small(), **given)
    assert "\n" not in str(caught.value)
