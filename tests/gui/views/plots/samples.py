"""All kinds of plots."""

import pytest

from lab.payloads import Curve, Histogram, Scatter, Surface

EVERY = pytest.mark.parametrize("kind", [Curve, Histogram, Surface, Scatter])
