"""Which device, which precision."""

import pytest
import torch

from lab.errors import UserError
from lab.system import devices


@pytest.mark.parametrize("has", [True, False])
def test_bfloat16_only_where_the_processor_has_matrix_units_for_it(monkeypatch, has):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"amx_bf16": has})
    with devices.autocast(torch.device("cpu")):
        result = torch.ones(4, 4) @ torch.ones(4, 4)
    assert result.dtype == (torch.bfloat16 if has else torch.float32)


@pytest.mark.parametrize("name", ["tpu", "cuda:x"])
def test_a_device_that_is_not_known(name):
    with pytest.raises(UserError, match=f"no device {name}"):
        devices.choose(name)


def test_random_numbers_of_its_own_leave_the_others_alone():
    torch.manual_seed(3)
    expected = torch.rand(4)
    torch.manual_seed(3)
    first = devices.RandomState(torch.device("cpu"), 7)
    with first:
        one = torch.rand(2)
    assert torch.equal(torch.rand(4), expected)
    with first:
        two = torch.rand(2)
    torch.manual_seed(7)
    assert torch.equal(torch.cat([one, two]), torch.rand(4))
