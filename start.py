"""Set up Glassbox on a fresh machine, and open it: Python 3.11 or newer is all this needs.

    python start.py                 opens the lab
    python start.py test            passes the tests
    python start.py run ...         anything that main.py can do

The first time it makes a virtual environment in .venv and installs what pyproject.toml names;
after that it starts at once, until pyproject.toml changes.
"""

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
HOME = ROOT / ".venv"
PYTHON = HOME / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def set_up(extra: str) -> None:
    """Install Glassbox with an extra of pyproject.toml ("" for none), unless it is there."""
    wanted = hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest()
    stamp = HOME / f"installed-{extra or 'lab'}"
    if PYTHON.exists() and stamp.exists() and stamp.read_text() == wanted:
        return
    print("Setting up (once; PyTorch is large, so this takes some minutes)...", flush=True)
    if not PYTHON.exists():
        venv.create(HOME, with_pip=True)
    target = f"{ROOT}[{extra}]" if extra else str(ROOT)
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if subprocess.call([*pip, "--editable", target]) != 0:
        sys.exit("error: the installation failed: see above, and run this again when on line")
    stamp.write_text(wanted)


def main() -> int:
    """Set up, then hand over."""
    if sys.version_info < (3, 11):  # noqa: UP036, it runs under whatever the user has
        sys.exit(f"error: Python 3.11 or newer is needed; this is {sys.version.split()[0]}")
    testing = sys.argv[1:2] == ["test"]
    set_up("test" if testing else "")
    door = str(ROOT / "main.py")
    words = ["-m", "pytest", *sys.argv[2:]] if testing else [door, *sys.argv[1:]]
    try:
        return subprocess.call([str(PYTHON), *words], cwd=ROOT if testing else None)
    except KeyboardInterrupt:
        return 1


if __name__ == "__main__":
    sys.exit(main())
