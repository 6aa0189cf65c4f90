"""The table of attacks: by name, what each is called, what it bounds, and how it begins.

A new attack is one line of ATTACKS; exhibits choose theirs by name, and the tests run over all.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from torch import Tensor, nn

from lab.attacks.base import Attack
from lab.attacks.carlini_wagner import CarliniWagner
from lab.attacks.deepfool import DeepFool
from lab.attacks.fgsm import Fgsm
from lab.attacks.gradient_descent import GradientDescent
from lab.attacks.noise import Noise
from lab.attacks.pgd import Pgd

# The default step times the iterations, over epsilon: enough to cross the ball and come back
# (Madry et al., 2018, appendix A).
REACH = 2.5
# Carlini-Wagner's: five searches from this constant on succeed on photographs and on digits. The
# rate of Adam, whose first step moves an image by about half of it in L2.
SEARCHES, CONSTANT, ADAM_NORM = 5, 0.03, 0.8


@dataclass(frozen=True)
class AttackSettings:
    """How hard an attack tries. Each attack uses the fields that its `AttackMethod.uses` names.

    epsilon, step: how much a value of the image may change, in all and in one iteration, in pixel
    units ([0, 1]); for an attack in L2 as the root mean square over the values of the image, so
    that one axis serves both norms. step: None for REACH * epsilon / iterations. iterations: at
    most, of each restart (PGD) or search (Carlini-Wagner). restarts: random starting points.
    early_stop: an image that fools the model is kept as it is.
    """

    epsilon: float = 0.25
    iterations: int = 40
    step: float | None = None
    restarts: int = 1
    early_stop: bool = True

    @property
    def step_size(self) -> float:
        """`step`, or its default."""
        if self.step is not None:
            return self.step
        return REACH * self.epsilon / max(self.iterations, 1)


# (model, images, labels, settings, targeted) -> the attack; epsilon and step in the attack's norm.
Build = Callable[[nn.Module, Tensor, Tensor, AttackSettings, bool], Attack]


@dataclass(frozen=True)
class AttackMethod:
    """A line of ATTACKS.

    title, short: for a menu, and for a legend or a column. norm: the one it bounds or minimises, a
    key of NORMS. uses: the fields of AttackSettings that have an effect. build: see Build.
    targeted: whether it can aim at a class. monotone: an image that fools at one epsilon counts at
    every larger one, because a search of the larger ball could have found it.
    """

    title: str
    short: str
    norm: str
    uses: tuple[str, ...]
    build: Build
    targeted: bool = True
    monotone: bool = True

    def unit(self, images: Tensor) -> float:
        """The norm of a perturbation that changes every value of an image (N, C, H, W) by 1."""
        return math.sqrt(math.prod(images.shape[1:])) if self.norm == "l2" else 1.0

    def begin(
        self,
        model: nn.Module,
        images: Tensor,
        labels: Tensor,
        settings: AttackSettings,
        *,
        targeted: bool = False,
    ) -> Attack:
        """The attack, ready for `steps()` or `run()`. See lab.attacks for the arguments.

        Raises ValueError for a target where the attack cannot aim.
        """
        if targeted and not self.targeted:
            raise ValueError(f"{self.title} cannot aim at a class: choose another attack")
        return self.build(model, images, labels, self._in_norm(settings, images), targeted)

    def adjust(self, attack: Attack, settings: AttackSettings) -> None:
        """Change the settings that this attack uses while it runs: all but the restarts."""
        scaled = self._in_norm(settings, attack.images)
        for name in self.uses:
            if name != "restarts":
                setattr(attack, name, getattr(scaled, name))

    def _in_norm(self, settings: AttackSettings, images: Tensor) -> AttackSettings:
        """With epsilon and the step size in the attack's own norm."""
        unit = self.unit(images)
        return replace(settings, epsilon=unit * settings.epsilon, step=unit * settings.step_size)


def _descent(m: nn.Module, x: Tensor, y: Tensor, s: AttackSettings, to: bool) -> Attack:
    return GradientDescent(
        *(m, x, y, s.step_size, s.iterations, to),
        epsilon=s.epsilon,
        early_stop=s.early_stop,
        relative=True,
    )


def _pgd(norm: str, loss: str = "cross_entropy") -> Build:
    def build(m: nn.Module, x: Tensor, y: Tensor, s: AttackSettings, to: bool) -> Attack:
        size = (s.epsilon, s.step_size, s.iterations)
        return Pgd(m, x, y, *size, norm, s.restarts, to, early_stop=s.early_stop, loss=loss)

    return build


def _carlini_wagner(m: nn.Module, x: Tensor, y: Tensor, s: AttackSettings, to: bool) -> Attack:
    return CarliniWagner(
        *(m, x, y),
        targeted=to,
        searches=SEARCHES,
        iterations=s.iterations,
        step=ADAM_NORM / math.sqrt(math.prod(x.shape[1:])),
        constant=CONSTANT,
    )


_ITERATIVE = ("epsilon", "step", "iterations", "early_stop")
_PGD = (*_ITERATIVE, "restarts")

ATTACKS: Mapping[str, AttackMethod] = {
    "noise": AttackMethod(
        *("Random noise", "Noise", "linf", ("epsilon",)),
        lambda m, x, y, s, to: Noise(m, x, y, s.epsilon),
        targeted=False,
        monotone=False,
    ),
    "descent": AttackMethod(
        "Gradient descent on the input", "Gradient descent", "linf", _ITERATIVE, _descent
    ),
    "fgsm": AttackMethod(
        *("Fast gradient sign method (FGSM)", "FGSM", "linf", ("epsilon",)),
        lambda m, x, y, s, to: Fgsm(m, x, y, s.epsilon, targeted=to),
        monotone=False,
    ),
    "pgd": AttackMethod("PGD, L∞ (iterative FGSM)", "PGD, L∞", "linf", _PGD, _pgd("linf")),
    "pgd_l2": AttackMethod("PGD, L2", "PGD, L2", "l2", _PGD, _pgd("l2")),
    "adaptive": AttackMethod(
        "Adaptive: PGD on the logit margin", "Adaptive", "linf", _PGD, _pgd("linf", "margin")
    ),
    "carlini_wagner": AttackMethod(
        *("Carlini-Wagner, L2", "Carlini-Wagner", "l2", ("iterations",), _carlini_wagner),
    ),
    "deepfool": AttackMethod(
        *("DeepFool, L2", "DeepFool", "l2", ("iterations",)),
        lambda m, x, y, s, to: DeepFool(m, x, y, s.iterations),
        targeted=False,
    ),
}
"""Name -> attack: the control first, then in the order of the lecture.

adaptive: PGD on the margin of the logits, which has a gradient where the softmax is saturated, as
in a distilled network (Carlini and Wagner, "Towards Evaluating the Robustness of Neural Networks",
2017). The others are described with their classes.
"""


def using(setting: str, *names: str) -> tuple[str, ...]:
    """Those of these attacks that use this field of AttackSettings."""
    return tuple(name for name in names if setting in ATTACKS[name].uses)


def titles(*names: str, short: bool = False) -> dict[str, str]:
    """Name -> title, or short title, of these attacks: the choices of a parameter."""
    return {name: ATTACKS[name].short if short else ATTACKS[name].title for name in names}
