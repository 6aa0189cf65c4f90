import pytest
import torch
from torch import nn

from lab.structure.feature_maps import as_maps, feature_maps, strength


def numbers(*shape):
    return torch.arange(1.0, 1 + torch.tensor(shape).prod()).reshape(1, *shape)


def test_channels_of_rows_and_columns_stay_as_they_are():
    result = numbers(3, 4, 5)
    assert torch.equal(as_maps(result, 1), result[0])
    assert torch.equal(as_maps(result.permute(0, 2, 3, 1), 3), result[0])


@pytest.mark.parametrize("before", [0, 1])
def test_tokens_of_a_square_lie_as_the_image_does(before):
    # Patch (row 1, column 2) of 3 x 3 is token 5; a class token stands before them.
    tokens = numbers(9 + before, 4)
    maps = as_maps(tokens, 2)
    assert maps.shape == (4, 3, 3)
    assert torch.equal(maps[:, 1, 2], tokens[0, 5 + before])


def test_other_tokens_stand_in_one_row_and_windows_in_a_row_each():
    assert as_maps(numbers(7, 4), 2).shape == (4, 1, 7)
    windows = numbers(6, 9, 4)
    assert torch.equal(as_maps(windows, 3), windows[0].permute(2, 0, 1))


def test_a_vector_is_one_square_with_zeros_after_its_end():
    maps = as_maps(numbers(10), 1)
    assert maps.shape == (1, 4, 4)
    assert maps.flatten().tolist() == [*range(1, 11), *[0] * 6]
    assert as_maps(numbers(1), 1).shape == (1, 1, 1)


def test_the_strongest_channels_come_first():
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(32, 5)).eval()
    image = torch.rand(1, 3, 4, 4)
    found = feature_maps(network, image, {"0": 3, "1": 8, "nothing": 2})

    assert found.keys() == {"0", "1"}
    results = network[0](image)[0].detach()
    rms = results.square().mean((1, 2)).sqrt()
    assert found["0"].channels == tuple(rms.argsort(descending=True)[:3].tolist())
    assert torch.equal(found["0"].maps, results[list(found["0"].channels)])
    assert found["0"].strengths == pytest.approx(rms[list(found["0"].channels)].tolist())
    assert found["0"].of == 8
    assert torch.equal(strength(results), rms)
    assert (found["1"].maps >= 0).all()


def test_what_is_not_finite_does_not_come_out():
    class Broken(nn.Module):
        def forward(self, x):
            return x / 0 * 0

    found = feature_maps(Broken(), torch.ones(1, 1, 2, 2), ["multiply"])
    assert torch.equal(found["multiply"].maps, torch.zeros(1, 2, 2))
