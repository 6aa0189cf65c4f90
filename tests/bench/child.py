"""Measure in processes of their own, so that nothing of one side is warm for the other."""

import json
import os
import subprocess
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


class Child:
    """A process that calls functions one after the other; between two calls it sleeps.

    Two of them side by side, called in turn, are measured in the same minute of a machine whose
    speed drifts.
    """

    def __init__(self) -> None:
        self._home = tempfile.TemporaryDirectory()
        env = os.environ | {"GLASSBOX_HOME": self._home.name}
        env.setdefault("QT_QPA_PLATFORM", "offscreen")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.child"],
            cwd=ROOT,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def call(self, function: str, *arguments: Any) -> Any:
        """Call "module:function" with JSON-able arguments there; returns its result."""
        assert self._process.stdin
        assert self._process.stdout
        print(json.dumps([function, arguments]), file=self._process.stdin, flush=True)
        for line in self._process.stdout:
            if line.startswith("result "):
                return json.loads(line.removeprefix("result "))
        raise RuntimeError(f"{function} failed")

    def close(self) -> None:
        """End it."""
        self._process.communicate()
        self._home.cleanup()

    def __enter__(self) -> "Child":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def in_child(function: str, *arguments: Any) -> Any:
    """One call in a fresh process."""
    with Child() as child:
        return child.call(function, *arguments)


def _serve() -> None:
    from lab.system import garbage

    garbage.hold()  # as main.py does
    for line in sys.stdin:
        function, arguments = json.loads(line)
        module, name = function.split(":")
        print("result", json.dumps(getattr(import_module(module), name)(*arguments)), flush=True)


if __name__ == "__main__":
    _serve()
