"""Our occlusion maps over Captum's, of torchvision's other families: one turn of each.

What is measured is said in tests/bench/occlusion.py.
"""

from tests.bench import occlusion

NAMES = (
    *("alexnet", "squeezenet1_1", "mobilenet_v2", "mobilenet_v3_large", "mnasnet1_0"),
    *("shufflenet_v2_x1_0", "efficientnet_b0", "regnet_y_400mf", "resnext50_32x4d"),
    *("densenet121", "convnext_tiny"),
)


def measure(device: str) -> dict[str, float]:
    return occlusion.compared(device, dict.fromkeys(NAMES, 1))
