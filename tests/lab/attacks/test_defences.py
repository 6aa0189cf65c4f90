"""The defences differ in what they say, and in nothing else."""

import torch

from lab.attacks.defences import DEFENCES, trainer_of
from tests.lab.attacks.samples import budget


def test_all_begin_with_the_same_weights_and_see_the_images_in_the_same_order(few_digits):
    first, seeds = None, set()
    for defence in DEFENCES.values():
        model, trainer = trainer_of(defence, few_digits, budget(), 3)
        weights = model.network.conv1.weight
        first = weights.clone() if first is None else first
        assert torch.equal(weights, first)
        seeds.add(trainer.seed)
    assert seeds == {3}


def test_each_defence_is_what_it_says(few_digits):
    made = {
        name: trainer_of(defence, few_digits, budget(), 0) for name, defence in DEFENCES.items()
    }
    decays = {name: t.optimiser.param_groups[0]["weight_decay"] for name, (_, t) in made.items()}
    assert decays.pop("l2") > 0
    assert not any(decays.values())
    rates = {name: model.network.dropout.p for name, (model, _) in made.items()}
    assert rates.pop("dropout") == 0.5
    assert not any(rates.values())
    assert [name for name, (_, t) in made.items() if t.augment] == ["augmentation"]
    longer = trainer_of(DEFENCES["pgd_training"], few_digits, budget(adversarial_epochs=3), 0)[1]
    assert longer.total_steps == 3 * made["l2"][1].total_steps
