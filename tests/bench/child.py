"""Measure in a process of its own, so that nothing of one side is warm for the other."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def in_child(function: str, *arguments: Any) -> Any:
    """Call "module:function" with JSON-able arguments in a fresh process; returns its result."""
    module, name = function.split(":")
    code = (
        "import json, sys; from importlib import import_module;"
        f"result = import_module({module!r}).{name}(*json.loads(sys.argv[1]));"
        "print('\\n' + json.dumps(result))"
    )
    with tempfile.TemporaryDirectory() as home:
        env = os.environ | {"GLASSBOX_HOME": home}
        env.setdefault("QT_QPA_PLATFORM", "offscreen")
        done = subprocess.run(
            [sys.executable, "-c", code, json.dumps(arguments)],
            cwd=ROOT,
            env=env,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    return json.loads(done.stdout.splitlines()[-1])
