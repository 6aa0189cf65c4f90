"""The folder of the user's data."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs


def home() -> Path:
    """The folder of the session, the shelf and the downloads: $GLASSBOX_HOME, or the system's.

    It need not exist yet.
    """
    given = os.environ.get("GLASSBOX_HOME")
    return Path(given) if given else platformdirs.user_data_path("glassbox", appauthor=False)
