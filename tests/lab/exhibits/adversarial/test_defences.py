"""The evaluation of the defences: new settings count at once, and what is shown of it."""

import math

from lab.attacks import AttackSettings
from lab.attacks.defences import DEFENCES, trainer_of
from lab.exhibits.adversarial._defences_evaluation import (
    DefenceEvaluation,
    EvaluationSettings,
    published,
)
from tests.lab.attacks.samples import budget


def test_new_settings_count_at_once_and_the_table_shows_no_figure_of_the_old(few_digits):
    model, _ = trainer_of(DEFENCES["undefended"], few_digits, budget(), 0)
    evaluation = DefenceEvaluation(few_digits, 40, {"undefended": model.frozen()})
    settings = [EvaluationSettings(AttackSettings(0.1, 3), 0)]
    frames = list(evaluation.catch_up(lambda: settings[0]))
    assert [f for f in frames if f.metrics][-1].metrics.keys() == {
        f"undefended_{attack}" for attack in ("clean", "fgsm", "pgd", "adaptive")
    }
    assert not math.isnan(evaluation.table(settings[0].attack).values[0, 3])
    assert list(evaluation.catch_up(lambda: settings[0])) == []
    settings[0] = EvaluationSettings(AttackSettings(0.2, 3), 0)
    assert all(map(math.isnan, evaluation.table(settings[0].attack).values[0]))
    again = evaluation.catch_up(lambda: settings[0])
    next(again)
    settings[0] = EvaluationSettings(AttackSettings(0.1, 3), 1)
    pictures = [f.outputs["pictures"] for f in again if "pictures" in f.outputs]
    assert len(pictures) == 1, "the picture of the settings that were withdrawn is not drawn"


def test_what_is_not_known_yet_is_a_dash_beside_the_papers_figure():
    errors = dict.fromkeys(
        (f"{d}_{a}" for d in DEFENCES for a in ("clean", "fgsm", "pgd", "adaptive")), math.nan
    )
    table = published(errors | {"undefended_fgsm": 0.8})
    assert [row[2] for row in table.rows] == ["80.0%", "–", "–", "80.0% → –", "–"]
    assert table.rows[0][1] == "99.9 %, 89.4 %"
