"""Print the figures of a benchmark: `python -m tests.bench NAME [--json FILE]`.

Everything that a figure compares is measured side by side in one run, because absolute times
differ between machines; the figures are ratios wherever they can be. On a virtual machine
`stolen_share` is the share of the processors' time that its host gave to others meanwhile: above a
few hundredths, delays and even ratios say more about the neighbours than about the program.
"""

import argparse
import importlib
import json
import os
import sys
from pathlib import Path

NAMES = (
    *("attacks", "augmentation", "delays", "landscape", "occlusion", "occlusion_families"),
    *("plot", "startup", "style", "training", "window"),
)
# What makes oneDNN, PyTorch and MKL (its matrix products) use no newer instructions than those.
ISAS = {
    "avx2": {
        "ONEDNN_MAX_CPU_ISA": "AVX2",
        "ATEN_CPU_CAPABILITY": "avx2",
        "MKL_ENABLE_INSTRUCTIONS": "AVX2",
    }
}
STAT = Path("/proc/stat")


def processor_time() -> tuple[int, ...]:
    """(stolen by the host, all), in ticks of all processors since the start; () where unknown."""
    if not STAT.exists():
        return ()
    times = [int(word) for word in STAT.read_text().splitlines()[0].split()[1:9]]
    return times[7], sum(times)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("name", choices=NAMES)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or mps")
    parser.add_argument("--isa", choices=ISAS, help="as on a processor that has no more than that")
    given = parser.parse_args()
    if given.isa and not ISAS[given.isa].items() <= os.environ.items():
        # Libraries read it as they are loaded: this process and its children begin with it.
        os.environ |= ISAS[given.isa]
        os.execv(sys.executable, [sys.executable, "-m", "tests.bench", *sys.argv[1:]])
    before = processor_time()
    figures = importlib.import_module(f"tests.bench.{given.name}").measure(given.device)
    if before:
        stolen, total = (b - a for a, b in zip(before, processor_time(), strict=True))
        figures["stolen_share"] = stolen / max(total, 1)
    for name, value in figures.items():
        print(f"{name:38} {value:.3g}")
    if given.json:
        given.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
