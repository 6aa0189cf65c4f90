"""Print the figures of a benchmark: `python -m tests.bench NAME [--json FILE]`.

Everything that a figure compares is measured side by side in one run, because absolute times
differ between machines; the figures are ratios wherever they can be.
"""

import argparse
import importlib
import json
from pathlib import Path

NAMES = ("startup", "training", "window")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("name", choices=NAMES)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or mps")
    given = parser.parse_args()
    figures = importlib.import_module(f"tests.bench.{given.name}").measure(given.device)
    for name, value in figures.items():
        print(f"{name:24} {value:.3f}")
    if given.json:
        given.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
