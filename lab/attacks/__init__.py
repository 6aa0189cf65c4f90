"""Attacks on classifiers in pixel space: all that exhibits and notebooks import.

Each plain function returns adversarial images, float32 (N, C, H, W) in [0, 1], for a batch of any
size. The class of the same name is the same attack step by step: `for _ in Pgd(...).steps()`.
ATTACKS has them all by name, with one signature.

model: any module from images (N, C, H, W) in [0, 1] to logits (N, classes). It is used in eval
mode; its mode, gradients and parameters are afterwards as they were. labels: int64 (N,), the true
classes, or the wanted ones where targeted=True. The plain functions may be called inside
torch.no_grad() or torch.inference_mode(), the classes inside torch.no_grad(). Raises ValueError,
which says which, for wrong shapes, labels that the model does not have, negative sizes, and images
outside [0, 1].
"""

from lab.attacks.base import LOSSES as LOSSES
from lab.attacks.base import Attack as Attack
from lab.attacks.carlini_wagner import CarliniWagner as CarliniWagner
from lab.attacks.carlini_wagner import carlini_wagner as carlini_wagner
from lab.attacks.deepfool import DeepFool as DeepFool
from lab.attacks.deepfool import deepfool as deepfool
from lab.attacks.fgsm import Fgsm as Fgsm
from lab.attacks.fgsm import fgsm as fgsm
from lab.attacks.gradient_descent import GradientDescent as GradientDescent
from lab.attacks.gradient_descent import gradient_descent as gradient_descent
from lab.attacks.noise import Noise as Noise
from lab.attacks.noise import noise as noise
from lab.attacks.norms import EPSILON as EPSILON
from lab.attacks.norms import NORMS as NORMS
from lab.attacks.norms import Norm as Norm
from lab.attacks.pgd import Pgd as Pgd
from lab.attacks.pgd import pgd as pgd
from lab.attacks.table import ATTACKS as ATTACKS
from lab.attacks.table import REACH as REACH
from lab.attacks.table import AttackMethod as AttackMethod
from lab.attacks.table import AttackSettings as AttackSettings
from lab.attacks.table import titles as titles
from lab.attacks.table import using as using
