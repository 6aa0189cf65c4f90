"""Blur and noise against torchvision, or what is known of them."""

import pytest
import torch
from torchvision.transforms.v2 import functional as reference

from lab.augmentation import blur
from tests.lab.augmentation.samples import NEAR, images_of, one_by_one


@pytest.mark.parametrize("channels", [1, 3])
def test_gaussian_blur(channels):
    images, sigmas = images_of(channels=channels), [0.3, 0.8, 1.5, 4.0]
    found = blur.gaussian(images, torch.tensor(sigmas), 13)
    wanted = one_by_one(
        lambda image, s: reference.gaussian_blur(image, [13, 13], s), images, sigmas
    )
    torch.testing.assert_close(found, wanted, rtol=0, atol=2e-6)


def test_no_blur_is_the_image_and_a_small_image_can_be_blurred():
    images = images_of(size=(6, 5))
    for kernel in (None, 5):
        found = blur.gaussian(images, torch.zeros(4), kernel)
        torch.testing.assert_close(found, images, **NEAR)
    assert blur.gaussian(images, torch.full((4,), 9.0)).shape == images.shape
    assert blur.motion(images, torch.full((4,), 40.0), torch.zeros(4)).shape == images.shape


def test_motion_blur_is_the_mean_along_a_line():
    images = images_of()
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
