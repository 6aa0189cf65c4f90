"""The families of architectures that the lecture names, and their networks.

Written here, without importing torchvision, so that the window can offer them at once.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lab.errors import UserError


@dataclass(frozen=True)
class Family:
    """An architecture as its paper has it.

    title: the lecture's. authors, year: of the paper, in the year in which it appeared. idea: what
    was new, in a line. networks: name -> title. lecture: whether the lecture names it.
    """

    title: str
    year: int
    authors: str
    idea: str
    networks: Mapping[str, str]
    lecture: bool = True

    @property
    def paper(self) -> str:
        """Authors and year, as the lecture cites them."""
        return f"{self.authors}, {self.year}"


def _numbered(title: str, name: str, *numbers: int) -> dict[str, str]:
    return {f"{name}{n}": f"{title}-{n}" for n in numbers}


def _regnets(kind: str, *sizes: str) -> dict[str, str]:
    titles = [size.replace("_", ".").replace("gf", "GF").replace("mf", "MF") for size in sizes]
    return {
        f"regnet_{kind}_{size}": f"RegNet{kind.upper()}-{title}"
        for size, title in zip(sizes, titles, strict=True)
    }


FAMILIES: tuple[Family, ...] = (
    Family(
        "AlexNet",
        2012,
        "Krizhevsky et al.",
        "ReLU, dropout and two GPUs win ImageNet",
        {"alexnet_slide": "AlexNet (slide)", "alexnet": "AlexNet"},
    ),
    Family(
        "VGG",
        2014,
        "Simonyan, Zisserman",
        "deeper, with 3 × 3 kernels",
        {
            f"vgg{depth}{batch}": f"VGG-{depth}{' BN' if batch else ''}"
            for depth in (11, 13, 16, 19)
            for batch in ("", "_bn")
        },
    ),
    Family(
        "GoogLeNet",
        2014,
        "Szegedy et al.",
        "parallel kernels after 1 × 1 reductions",
        {"googlenet": "GoogLeNet"},
    ),
    Family(
        "Inception v3",
        2015,
        "Szegedy et al.",
        "large kernels factorised: 1 × 7, then 7 × 1",
        {"inception_v3": "Inception v3"},
        lecture=False,
    ),
    Family(
        "ResNet",
        2015,
        "He et al.",
        "blocks learn what to add",
        _numbered("ResNet", "resnet", 18, 34, 50, 101, 152),
    ),
    Family(
        "SqueezeNet",
        2016,
        "Iandola et al.",
        "squeezed by 1 × 1, expanded by 1 × 1 and 3 × 3",
        {"squeezenet1_0": "SqueezeNet 1.0", "squeezenet1_1": "SqueezeNet 1.1"},
    ),
    Family(
        "Wide ResNet",
        2016,
        "Zagoruyko, Komodakis",
        "fewer and wider residual blocks",
        {"wide_resnet50_2": "Wide ResNet-50-2", "wide_resnet101_2": "Wide ResNet-101-2"},
    ),
    Family(
        "DenseNet",
        2016,
        "Huang et al.",
        "each layer takes the maps of all before it",
        _numbered("DenseNet", "densenet", 121, 161, 169, 201),
    ),
    Family(
        "ResNeXt",
        2016,
        "Xie et al.",
        "residual blocks of grouped convolutions",
        {
            "resnext50_32x4d": "ResNeXt-50 32×4d",
            "resnext101_32x8d": "ResNeXt-101 32×8d",
            "resnext101_64x4d": "ResNeXt-101 64×4d",
        },
    ),
    Family(
        "MobileNet",
        2017,
        "Howard et al.",
        "depthwise separable convolutions",
        {
            "mobilenet_v2": "MobileNetV2",
            "mobilenet_v3_small": "MobileNetV3 small",
            "mobilenet_v3_large": "MobileNetV3 large",
        },
    ),
    Family(
        "SENet",
        2017,
        "Hu et al.",
        "channels weighted by squeeze and excitation",
        {"senet": "SE-ResNet-50"},
    ),
    Family(
        "ShuffleNet",
        2017,
        "Zhang et al.",
        "grouped 1 × 1 kernels, channels shuffled",
        {
            f"shufflenet_v2_x{n.replace('.', '_')}": f"ShuffleNetV2 ×{n}"
            for n in ("0.5", "1.0", "1.5", "2.0")
        },
    ),
    Family(
        "MNASNet",
        2018,
        "Tan et al.",
        "found by a search that times it on a phone",
        {f"mnasnet{n.replace('.', '_')}": f"MNASNet {n}" for n in ("0.5", "0.75", "1.0", "1.3")},
    ),
    Family(
        "EfficientNet",
        2019,
        "Tan, Le",
        "depth, width and image scaled together",
        {
            "efficientnet_lite0": "EfficientNet-Lite0",
            **{f"efficientnet_b{n}": f"EfficientNet-B{n}" for n in range(8)},
            **{f"efficientnet_v2_{s}": f"EfficientNetV2-{s.upper()}" for s in "sml"},
        },
        lecture=False,
    ),
    Family(
        "RegNet",
        2020,
        "Radosavovic et al.",
        "widths on a line: a designed space",
        {
            **_regnets("x", "400mf", "800mf", "1_6gf", "3_2gf", "8gf", "16gf", "32gf"),
            **_regnets("y", "400mf", "800mf", "1_6gf", "3_2gf", "8gf", "16gf", "32gf", "128gf"),
        },
    ),
    Family(
        "Vision Transformer",
        2020,
        "Dosovitskiy et al.",
        "patches as tokens, attention between all",
        {
            "vit_b_16": "ViT-B/16",
            "vit_b_32": "ViT-B/32",
            "vit_l_16": "ViT-L/16",
            "vit_l_32": "ViT-L/32",
            "vit_h_14": "ViT-H/14",
        },
    ),
    Family(
        "Swin Transformer",
        2021,
        "Liu et al.",
        "attention in windows that shift",
        {
            **{f"swin_{s}": f"Swin-{s.upper()}" for s in "tsb"},
            **{f"swin_v2_{s}": f"SwinV2-{s.upper()}" for s in "tsb"},
        },
    ),
    Family(
        "ConvNeXt",
        2022,
        "Liu et al.",
        "a ResNet modernised like a transformer",
        {
            f"convnext_{size}": f"ConvNeXt-{size[0].upper()}"
            for size in ("tiny", "small", "base", "large")
        },
    ),
    Family(
        "MaxViT",
        2022,
        "Tu et al.",
        "attention in blocks and over a grid",
        {"maxvit_t": "MaxViT-T"},
    ),
)

NETWORKS: Mapping[str, str] = {
    name: title for family in FAMILIES for name, title in family.networks.items()
}
"""Name -> title of every network: torchvision's classifiers and three of our own."""

OWN = {
    "alexnet_slide": "built here from the slide's 13 rows",
    "senet": "ResNet-50 of torchvision with its squeeze-and-excitation",
    "efficientnet_lite0": "the embedded classifier",
}
"""The networks that are not torchvision's, and what they are."""

NOTES = {
    "alexnet_slide": "(224 − 11) / 4 is no whole number: 227 px, or padding 2 as in alexnet",
}
"""Network -> what one should know of it before its idea."""


def check(name: str) -> str:
    """The name of a network. UserError, with the nearest, for one that is unknown."""
    if name in NETWORKS:
        return name
    raise UserError(f"no network {name}: {nearest(name)}")


def nearest(name: str) -> str:
    """Advice for an error message: the names like one that is unknown, by name or by title."""
    known = {each: each for each in NETWORKS} | {t.lower(): n for n, t in NETWORKS.items()}
    close = difflib.get_close_matches(name.lower(), known, n=3)
    if close:
        return f"did you mean {' or '.join(dict.fromkeys(known[each] for each in close))}?"
    return "choose resnet50, senet, alexnet_slide or another of torchvision's classifiers"


def family(name: str) -> Family:
    """The family of a network. UserError for an unknown one."""
    check(name)
    return next(each for each in FAMILIES if name in each.networks)


def pairs() -> Iterator[tuple[Family, str]]:
    """Every network with its family, in the order of the table."""
    for each in FAMILIES:
        for name in each.networks:
            yield each, name
