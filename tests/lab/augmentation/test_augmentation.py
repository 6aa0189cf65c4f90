"""Each transform against torchvision.transforms.v2 on the same parameters, picture by picture."""

import math

import numpy as np
import pytest
import torch
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional as reference

from lab.augmentation import blur, colour, geometry, mixing

BILINEAR = v2.InterpolationMode.BILINEAR
SIZES = [(28, 28), (37, 52)]
# Float32 coordinates of some tens of pixels, times a slope of at most 1 between two pixels.
NEAR = {"rtol": 0, "atol": 5e-5}


def pictures(count=4, size=(37, 52), channels=3):
    """Noise over a ramp, with a grey pixel, a black and a white one."""
    generator = torch.Generator().manual_seed(1)
    images = torch.rand(count, channels, *size, generator=generator)
    images = images * torch.linspace(0.2, 1, size[1])
    images[:, :, 0, 0], images[:, :, 1, 0], images[:, :, 2, 0] = 0.5, 0.0, 1.0
    return images


def one_by_one(function, images, *parameters):
    """The reference's result for each picture with its own parameters."""
    rows = [function(image, *each) for image, *each in zip(images, *parameters, strict=True)]
    return torch.stack(rows)


def interior(images, margin=1):
    return images[..., margin:-margin, margin:-margin]


# ---- geometry ----------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
def test_rotation(size):
    images, degrees = pictures(size=size), torch.tensor([0.0, 13.0, -40.0, 171.0])
    found = geometry.warp(images, geometry.rotation(degrees, size), size, "zeros")
    wanted = one_by_one(
        lambda image, angle: reference.rotate(image, angle, interpolation=BILINEAR),
        images,
        degrees.tolist(),
    )
    torch.testing.assert_close(found, wanted, **NEAR)


@pytest.mark.parametrize("size", SIZES)
def test_shear_and_translation(size):
    images, levels = pictures(size=size), torch.tensor([0.0, 0.3, -0.2, 0.9])

    def slanted(image, right, down):
        shear = [math.degrees(math.atan(right)), math.degrees(math.atan(down))]
        return reference.affine(image, 0.0, [0, 0], 1.0, shear, BILINEAR, center=[0, 0])

    still = torch.zeros(4)
    for right, down in ((levels, still), (still, levels)):
        found = geometry.warp(images, geometry.shear(right, down), size, "zeros")
        wanted = one_by_one(slanted, images, right.tolist(), down.tolist())
        torch.testing.assert_close(found, wanted, **NEAR)

    steps = torch.tensor([0.0, 3.0, -7.0, 20.0])
    found = geometry.warp(images, geometry.translation(steps, -steps), size, "zeros")
    wanted = one_by_one(
        lambda image, s: reference.affine(image, 0.0, [s, -s], 1.0, [0.0, 0.0], BILINEAR),
        images,
        steps.tolist(),
    )
    torch.testing.assert_close(found, wanted, **NEAR)


@pytest.mark.parametrize("size", SIZES)
def test_perspective(size):
    images = pictures(size=size)
    height, width = size
    start = torch.tensor([[0, 0], [width - 1, 0], [width - 1, height - 1], [0, height - 1]])
    generator = torch.Generator().manual_seed(2)
    moved = torch.randint(-8, 9, (4, 4, 2), generator=generator)
    moved[0] = 0
    end = start + moved
    matrix = geometry.perspective(start.expand(4, -1, -1).float(), end.float())
    found = geometry.warp(images, matrix, size, "zeros")
    wanted = one_by_one(
        lambda image, points: reference.perspective(image, start.tolist(), points, BILINEAR),
        images,
        end.tolist(),
    )
    torch.testing.assert_close(found, wanted, rtol=0, atol=2e-4)


@pytest.mark.parametrize("result", [(28, 28), (20, 44)])
def test_resized_crop(result):
    images = pictures()
    boxes = [[5, 3, 12, 10], [0, 0, 52, 37], [20, 7, 30, 28], [1, 2, 40, 30]]
    found = geometry.warp(images, geometry.crop(torch.tensor(boxes).float(), result), result)
    wanted = one_by_one(
        lambda image, box: reference.resized_crop(
            image, box[1], box[0], box[3], box[2], list(result), BILINEAR, antialias=False
        ),
        images,
        boxes,
    )
    # Within half a pixel of a crop's edge torchvision repeats the last pixel; here the picture goes
    # on. A pixel that is enlarged takes up to four of the result.
    torch.testing.assert_close(interior(found, 4), interior(wanted, 4), **NEAR)
    torch.testing.assert_close(found[1], wanted[1], **NEAR)  # the whole picture: to its edge


def test_flips():
    images = pictures()
    yes, no = torch.ones(4, dtype=torch.bool), torch.zeros(4, dtype=torch.bool)
    mixed = torch.tensor([True, False, True, False])
    size = (37, 52)
    found = geometry.warp(images, geometry.flip(mixed, no, size), size)
    torch.testing.assert_close(found[0], reference.horizontal_flip(images[0]), **NEAR)
    torch.testing.assert_close(found[1], images[1], **NEAR)
    found = geometry.warp(images, geometry.flip(no, yes, size), size)
    torch.testing.assert_close(found, reference.vertical_flip(images), **NEAR)


def test_the_fixed_crop_is_the_largest_centre_crop():
    images = pictures(size=(40, 60))
    box = torch.tensor([geometry.fixed_crop((40, 60), (20, 20))])
    assert box.tolist() == [[10, 0, 40, 40]]
    found = geometry.warp(images, geometry.crop(box.expand(4, -1), (40, 40)), (40, 40))
    torch.testing.assert_close(found, reference.center_crop(images, [40, 40]), **NEAR)


def test_matrices_in_a_row_are_the_transforms_one_after_another():
    # A smooth picture, which two interpolations do not blur, and only what has stayed inside.
    y, x = torch.meshgrid(torch.arange(60.0), torch.arange(80.0), indexing="ij")
    smooth = torch.stack([(x / 17).sin(), (y / 13).cos(), ((x + y) / 19).sin()]) * 0.4 + 0.5
    images, size = smooth.expand(2, -1, -1, -1), (60, 80)
    turn = geometry.rotation(torch.tensor([12.0, -20.0]), size)
    cut = geometry.crop(torch.tensor([[20.0, 15, 40, 30], [25, 12, 36, 36]]), (32, 32))
    at_once = geometry.warp(images, turn @ cut, (32, 32))
    in_turn = geometry.warp(geometry.warp(images, turn, size), cut, (32, 32))
    torch.testing.assert_close(at_once, in_turn, rtol=0, atol=4e-3)


def test_beyond_the_edge_lies_what_was_chosen():
    images = torch.arange(4.0).expand(1, 1, 2, 4)
    moved = geometry.translation(torch.tensor([2.0]), torch.tensor([0.0]))
    rows = {
        edges: geometry.warp(images, moved, (2, 4), edges)[0, 0, 0].tolist()
        for edges in ("zeros", "border", "reflection")
    }
    assert rows == {"zeros": [0, 0, 0, 1], "border": [0, 0, 0, 1], "reflection": [1, 0, 0, 1]}


# ---- colour ------------------------------------------------------------------------------------

COLOURS = {
    "brightness": (colour.brightness, reference.adjust_brightness, [0.0, 0.4, 1.0, 2.5]),
    "contrast": (colour.contrast, reference.adjust_contrast, [0.0, 0.4, 1.0, 2.5]),
    "saturation": (colour.saturation, reference.adjust_saturation, [0.0, 0.4, 1.0, 2.5]),
    "hue": (colour.hue, reference.adjust_hue, [-0.5, -0.11, 0.0, 0.3]),
    "solarize": (colour.solarize, reference.solarize, [0.0, 0.3, 0.7, 1.0]),
    "posterize": (colour.posterize, reference.posterize, [1, 2, 5, 8]),
    "sharpness": (blur.sharpness, reference.adjust_sharpness, [0.0, 0.4, 1.0, 2.5]),
}


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("name", COLOURS)
def test_what_has_a_factor(name, channels):
    ours, theirs, factors = COLOURS[name]
    images = pictures(channels=channels)
    kept = images.clone()
    found = ours(images, torch.tensor(factors))
    torch.testing.assert_close(found, one_by_one(theirs, images, factors), rtol=0, atol=3e-6)
    assert torch.equal(images, kept), "the pictures that were given have changed"


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("name", ["invert", "autocontrast", "equalize"])
def test_what_has_none(name, channels):
    images = pictures(channels=channels) * 0.7 + 0.1
    images[1] = 0.25  # all of one value
    images[2, 0] = (images[2, 0] > 0.4).float()  # of two
    found, wanted = getattr(colour, name)(images), getattr(reference, name)(images)
    torch.testing.assert_close(found, wanted, rtol=0, atol=3e-6)


def test_grey_is_torchvisions():
    images = pictures()
    torch.testing.assert_close(colour.grey(images), reference.rgb_to_grayscale(images))


# ---- blur and noise ----------------------------------------------------------------------------


@pytest.mark.parametrize("channels", [1, 3])
def test_gaussian_blur(channels):
    images, sigmas = pictures(channels=channels), [0.3, 0.8, 1.5, 4.0]
    found = blur.gaussian(images, torch.tensor(sigmas), 13)
    wanted = one_by_one(
        lambda image, s: reference.gaussian_blur(image, [13, 13], s), images, sigmas
    )
    torch.testing.assert_close(found, wanted, rtol=0, atol=2e-6)


def test_no_blur_is_the_picture_and_a_small_picture_can_be_blurred():
    images = pictures(size=(6, 5))
    for kernel in (None, 5):
        found = blur.gaussian(images, torch.zeros(4), kernel)
        torch.testing.assert_close(found, images, **NEAR)
    assert blur.gaussian(images, torch.full((4,), 9.0)).shape == images.shape
    assert blur.motion(images, torch.full((4,), 40.0), torch.zeros(4)).shape == images.shape


def test_motion_blur_is_the_mean_along_a_line():
    images = pictures()
    found = blur.motion(images, torch.tensor([5.0, 5.0, 0.0, 1.0]), torch.tensor([0.0, 90, 30, 77]))
    across = images[0].unfold(2, 5, 1).mean(-1)
    torch.testing.assert_close(found[0][..., 2:-2], across, **NEAR)
    down = images[1].unfold(1, 5, 1).mean(-1)
    torch.testing.assert_close(found[1][:, 2:-2], down, **NEAR)
    torch.testing.assert_close(found[2:], images[2:], **NEAR)


def test_motion_goes_anticlockwise_from_the_horizontal():
    kernel = blur.line_kernels(torch.tensor([9.0]), torch.tensor([45.0]), 9)[0]
    assert kernel.sum().item() == pytest.approx(1)
    up_right, down_right = kernel.flip(1).diagonal().sum(), kernel.diagonal().sum()
    assert up_right > 3 * down_right


def test_noise_has_its_standard_deviation():
    torch.manual_seed(0)
    images = torch.full((3, 3, 64, 64), 0.5)
    sigmas = [0.0, 0.02, 0.1]
    found = blur.noise(images, torch.tensor(sigmas)) - 0.5
    assert found.std((1, 2, 3)).tolist() == pytest.approx(sigmas, rel=0.03, abs=1e-9)
    assert found.mean((1, 2, 3)).tolist() == pytest.approx([0, 0, 0], abs=3e-3)
    torch.manual_seed(3)
    one = blur.noise(images[:1], torch.tensor([0.1]))[0]
    torch.manual_seed(3)
    torch.testing.assert_close(one, reference.gaussian_noise(images[0], sigma=0.1))


# ---- boxes and mixtures ------------------------------------------------------------------------


def test_cutout_is_torchvisions_erase():
    images = pictures()
    boxes = torch.tensor([[0, 0, 4, 9], [10, 5, 52, 37], [3, 3, 3, 9], [20, 10, 30, 12]])
    wanted = one_by_one(
        lambda image, box: reference.erase(
            image, box[1], box[0], box[3] - box[1], box[2] - box[0], torch.tensor(0.0)
        ),
        images,
        boxes.tolist(),
    )
    assert torch.equal(mixing.cutout(images, boxes), wanted)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.8, 1.0])
def test_mixup_is_torchvisions(share):
    images, labels = pictures(), torch.tensor([0, 2, 1, 2])
    peer = v2.MixUp(num_classes=3)
    parameters = {"lam": share, "labels": labels, "batch_size": 4}
    found = mixing.mixup(images, images.roll(1, 0), torch.full((4,), share))
    torch.testing.assert_close(found, peer.transform(images, parameters))


@pytest.mark.parametrize("share", [0.0, 0.3, 0.8, 1.0])
def test_cutmix_is_torchvisions(share, monkeypatch):
    images, labels = pictures(), torch.tensor([0, 2, 1, 2])
    centre = torch.tensor([[0.31, 0.85]])
    monkeypatch.setattr(torch, "rand", lambda *_: centre)
    (box,), kept = mixing.cutmix_boxes(torch.tensor([share]), (37, 52))
    peer = v2.CutMix(num_classes=3)
    places = iter([int(0.31 * 52), int(0.85 * 37)])
    monkeypatch.setattr(torch, "randint", lambda *_, **__: torch.tensor([next(places)]))
    monkeypatch.setattr(peer, "_dist", type("D", (), {"sample": lambda *_: share}))
    wanted = peer.make_params([images])
    assert tuple(box.tolist()) == wanted["box"]
    assert kept.item() == pytest.approx(wanted["lam_adjusted"])
    parameters = wanted | {"labels": labels, "batch_size": 4}
    found = mixing.cutmix(images, images.roll(1, 0), box.expand(4, -1))
    assert torch.equal(found, peer.transform(images, parameters))


@pytest.mark.parametrize("name", ["mixup", "cutmix"])
def test_a_mixed_batch_has_the_targets_of_its_pictures(name):
    torch.manual_seed(0)
    # The picture of class k is k / 2 all over: the mean says what a mixture is made of.
    labels = torch.tensor([0, 1, 2, 1, 0, 2, 2, 1])
    images = (labels / 2).view(-1, 1, 1, 1).expand(-1, 1, 20, 20)
    mixed, targets = mixing.mixed_batch(name, images, labels, 3, alpha=0.7)
    torch.testing.assert_close(targets.sum(1), torch.ones(8))
    torch.testing.assert_close(mixed.mean((1, 2, 3)), targets @ torch.tensor([0.0, 0.5, 1.0]))
    assert (targets.max(1).values < 1).any()
    images, targets = mixing.mixed_batch("none", images, labels, 3)
    assert targets.argmax(1).tolist() == labels.tolist()


def test_shares_are_those_of_a_beta_distribution():
    torch.manual_seed(0)
    images = torch.zeros(4000, 1, 2, 2)
    _, shares = mixing.mixed("mixup", images, images, alpha=0.2)
    # The variance of Beta(a, a) is 1 / (4 (2 a + 1)).
    assert shares.var().item() == pytest.approx(1 / (4 * 1.4), rel=0.05)
    assert np.mean(shares.numpy()) == pytest.approx(0.5, abs=0.02)
