"""Set up Glassbox on a fresh machine, and open it: Python 3.11 or newer is all this needs.

    python start.py                 opens the lab
    python start.py test            passes the tests
    python start.py run ...         anything that main.py can do

The first time it makes a virtual environment in .venv and installs what pyproject.toml names;
after that it starts at once, until pyproject.toml changes.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
HOME = ROOT / ".venv"
PYTHON = HOME / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
# Gigabytes to download and on the disk: PyTorch brings CUDA on Linux, and not elsewhere.
SIZES = (3.0, 6.0) if sys.platform == "linux" else (0.4, 1.5)

# The tests run in as many processes as there are cores, up to four: each takes about 2 GB. A file
# stays in one process, since its tests share what takes long to make.
SHARED = ("-n", "auto", "--maxprocesses", "4", "--dist", "loadfile")


def set_up(extra: str) -> None:
    """Install Glassbox with an extra of pyproject.toml ("" for none), unless it is there."""
    wanted = hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest()
    stamp = HOME / f"installed-{extra or 'lab'}"
    if PYTHON.exists() and stamp.exists() and stamp.read_text() == wanted:
        return
    # Also where the last one was interrupted, perhaps before pip was there.
    fresh = not any(HOME.glob("installed-*"))
    print(announcement() if fresh else "Updating what pyproject.toml names...", flush=True)
    target = f"{ROOT}[{extra}]" if extra else str(ROOT)
    # Not quiet: pip shows what it downloads, how much of it is here, and how long it takes.
    pip = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check"]
    try:
        if fresh:
            venv.create(HOME, with_pip=True)
        failed = subprocess.call([*pip, "--editable", target]) != 0
    except KeyboardInterrupt:
        sys.exit("\nstopped: run this again to go on")
    except (OSError, subprocess.CalledProcessError) as error:
        advice = "Debian and Ubuntu need the package python3-venv; see that the disk has room"
        sys.exit(f"error: no virtual environment can be made in {HOME} ({error}). {advice}")
    if failed:
        sys.exit("error: the installation failed: see above, and run this again when on line")
    stamp.write_text(wanted)


def announcement() -> str:
    """What the first set-up takes, said before it."""
    (download, disk), free = SIZES, shutil.disk_usage(ROOT).free / 1e9
    lines = [
        f"Setting up, once: PyTorch, Qt and OpenCV are downloaded (about {download:g} GB) and "
        f"installed in {HOME} (about {disk:g} GB).",
        "It takes 2 to 10 minutes, by the network and the disk. pip shows below how far it is; its "
        'last step, "Installing collected packages", takes a minute or more by itself.',
    ]
    if free < download + disk:
        lines.append(f"Only {free:.1f} GB are free on this disk: it may not be enough.")
    return "\n".join(lines)


def main() -> int:
    """Set up, then hand over."""
    if sys.version_info < (3, 11):  # noqa: UP036, it runs under whatever the user has
        sys.exit(f"error: Python 3.11 or newer is needed; this is {sys.version.split()[0]}")
    testing = sys.argv[1:2] == ["test"]
    set_up("test" if testing else "")
    door = str(ROOT / "main.py")
    words = ["-m", "pytest", *SHARED, *sys.argv[2:]] if testing else [door, *sys.argv[1:]]
    try:
        return subprocess.call([str(PYTHON), *words], cwd=ROOT if testing else None)
    except KeyboardInterrupt:
        return 1


if __name__ == "__main__":
    sys.exit(main())
