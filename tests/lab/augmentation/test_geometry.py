"""Geometric transforms against torchvision, image by image."""

import math

import pytest
import torch
from torchvision.transforms.v2 import functional as reference

from lab.augmentation import geometry
from tests.lab.augmentation.samples import BILINEAR, NEAR, SIZES, images_of, interior, one_by_one


@pytest.mark.parametrize("size", SIZES)
def test_rotation(size):
    images, degrees = images_of(size=size), torch.tensor([0.0, 13.0, -40.0, 171.0])
    found = geometry.warp(images, geometry.rotation(degrees, size), size, "zeros")
    wanted = one_by_one(
        lambda image, angle: reference.rotate(image, angle, interpolation=BILINEAR),
        images,
        degrees.tolist(),
    )
    torch.testing.assert_close(found, wanted, **NEAR)


@pytest.mark.parametrize("size", SIZES)
def test_shear_and_translation(size):
    images, levels = images_of(size=size), torch.tensor([0.0, 0.3, -0.2, 0.9])

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
    images = images_of(size=size)
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
    images = images_of()
    boxes = [[5, 3, 12, 10], [0, 0, 52, 37], [20, 7, 30, 28], [1, 2, 40, 30]]
    found = geometry.warp(images, geometry.crop(torch.tensor(boxes).float(), result), result)
    wanted = one_by_one(
        lambda image, box: reference.resized_crop(
            image, box[1], box[0], box[3], box[2], list(result), BILINEAR, antialias=False
        ),
        images,
        boxes,
    )
    # Within half a pixel of a crop's edge torchvision repeats the last pixel; here the image goes
    # on. A pixel that is enlarged takes up to four of the result.
    torch.testing.assert_close(interior(found, 4), interior(wanted, 4), **NEAR)
    torch.testing.assert_close(found[1], wanted[1], **NEAR)  # the whole image: to its edge


def test_flips():
    images = images_of()
    yes, no = torch.ones(4, dtype=torch.bool), torch.zeros(4, dtype=torch.bool)
    mixed = torch.tensor([True, False, True, False])
    size = (37, 52)
    found = geometry.warp(images, geometry.flip(mixed, no, size), size)
    torch.testing.assert_close(found[0], reference.horizontal_flip(images[0]), **NEAR)
    torch.testing.assert_close(found[1], images[1], **NEAR)
    found = geometry.warp(images, geometry.flip(no, yes, size), size)
    torch.testing.assert_close(found, reference.vertical_flip(images), **NEAR)


def test_the_fixed_crop_is_the_largest_centre_crop():
    images = images_of(size=(40, 60))
    box = torch.tensor([geometry.fixed_crop((40, 60), (20, 20))])
    assert box.tolist() == [[10, 0, 40, 40]]
    found = geometry.warp(images, geometry.crop(box.expand(4, -1), (40, 40)), (40, 40))
    torch.testing.assert_close(found, reference.center_crop(images, [40, 40]), **NEAR)


def test_matrices_in_a_row_are_the_transforms_one_after_another():
    # A smooth image, which two interpolations do not blur, and only what has stayed inside.
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
