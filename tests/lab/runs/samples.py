"""Runs to test with."""

from lab.networks.card import Card
from lab.runs import Run

PREDICT = "interpreting/predict"
RUN = Run(
    "adversarial/robustness",
    {"models": ("mine", "digits-cnn"), "epsilon": 0.25, "images": 10},
    7,
    ("coffee", ""),
    {"mine": "/nets/mine.safetensors"},
)
CARD = Card("m", "My net", "mlp", ("a", "b"), 1, 28, (0.5,), (0.5,), seed=3, trained=True)
