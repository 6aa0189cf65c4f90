"""Models and images to occlude, and the naive loop that occlusion is compared with."""

import torch
from torch import nn

from lab.occlusion.occluder import Occluder

EXACT = 1e-4
BORDERS = [(0, 0), (0, 48), (56, 16), (8, 60), (24, 24), (27, 33), (-5, 20), (60, 60)]


def lively(model, channels=3, size=64):
    """Batch normalisation that has seen noise once, else fresh networks hardly see the picture."""
    generator = torch.Generator().manual_seed(0)
    for layer in model.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.momentum = 1.0
    model.train()
    with torch.no_grad():
        model(torch.rand(4, channels, size, size, generator=generator))
    return model.eval()


def small():
    torch.manual_seed(0)
    layers = [nn.Conv2d(3, 8, 3, 2, 1), nn.BatchNorm2d(8), nn.ReLU6(), nn.MaxPool2d(2)]
    layers += [nn.Conv2d(8, 8, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    return lively(nn.Sequential(*layers, nn.Linear(8, 5)), size=48)


def picture(channels=3, height=64, width=64):
    return torch.rand(channels, height, width, generator=torch.Generator().manual_seed(1))


def naive(model, image, places, patch, fill=0.0, mask=None):
    """Logits (N, classes), each from a pass over a picture that was hidden pixel by pixel."""
    height, width = patch
    mask = torch.ones(patch, dtype=torch.bool) if mask is None else mask
    fill = torch.as_tensor(fill).expand(image.shape)
    result = []
    for top, left in places:
        hidden = image.clone()
        for y in range(height):
            for x in range(width):
                v, u = top + y, left + x
                if mask[y, x] and 0 <= v < image.shape[1] and 0 <= u < image.shape[2]:
                    hidden[:, v, u] = fill[:, v, u]
        with torch.inference_mode():
            result.append(model(hidden[None])[0])
    return torch.stack(result)


def agree(model, image, places, patch, **options):
    found = Occluder(model, image, patch=patch, **options)
    mask = options.get("shape")
    wanted = naive(model, image, places, patch, options.get("fill", 0.0), mask)
    scale = wanted.abs().max()
    got = found.logits(places)
    assert (got - wanted).abs().max() <= EXACT * scale
    # The patch matters by far more than the tolerance, or the comparison would say nothing.
    assert (wanted - found.baseline).abs().max() > 20 * EXACT * scale
    return found


class Undecided(nn.Module):
    """Its layers depend on the data, so it cannot be traced."""

    def __init__(self):
        super().__init__()
        self.one, self.two = nn.Conv2d(3, 4, 3), nn.Conv2d(3, 4, 5)

    def forward(self, x):
        y = self.one(x) if x.amax() > 0.45 else self.two(x)
        return y.relu().mean((2, 3))
