import torch
from torch import nn

from lab.landscape.directions import (
    filter_normalised,
    flat,
    random_directions,
    shaped,
    weights_of,
)


def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(2, 3, 3), nn.BatchNorm2d(3), nn.Flatten(), nn.Linear(12, 4))


def test_each_filter_of_a_direction_has_the_norm_of_the_networks():
    made = network()
    made[0].weight.data[1] *= 10
    for direction in random_directions(made, 0):
        for name in ("0.weight", "3.weight"):
            weight, drawn = made.get_parameter(name).detach(), direction[name]
            for one, other in zip(weight, drawn, strict=True):
                torch.testing.assert_close(one.norm(), other.norm())
                assert not torch.allclose(one, other)


def test_it_keeps_the_direction_of_each_filter_as_in_the_papers_formula():
    made = network()
    generator = torch.Generator().manual_seed(5)
    drawn = {
        name: torch.randn(w.shape, generator=generator) for name, w in weights_of(made).items()
    }
    scaled = filter_normalised(drawn, weights_of(made))
    for name, values in drawn.items():
        for i, one in enumerate(values):
            wanted = one / one.norm() * weights_of(made)[name][i].norm()
            torch.testing.assert_close(scaled[name][i], wanted)
    (found,) = random_directions(made, 5, 1)
    assert all(torch.equal(found[name], scaled[name]) for name in scaled)


def test_biases_and_batch_normalisation_do_not_move():
    assert list(random_directions(network(), 0, 1)[0]) == ["0.weight", "3.weight"]


def test_a_filter_of_zeros_stays():
    made = network()
    made[3].weight.data[2] = 0
    direction, _ = random_directions(made, 0)
    assert not direction["3.weight"][2].any()


def test_two_seeds_differ_and_one_repeats():
    one, other, again = (random_directions(network(), seed, 1)[0] for seed in (0, 1, 0))
    assert torch.equal(flat(one), flat(again))
    assert not torch.equal(flat(one), flat(other))


def test_flat_and_shaped_undo_each_other():
    direction = random_directions(network(), 0, 1)[0]
    again = shaped(flat(direction), direction)
    assert all(torch.equal(again[name], direction[name]) for name in direction)
