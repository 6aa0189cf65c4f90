"""Attacks on classifiers in pixel space: the one door to them, for exhibits and notebooks.

Each plain function returns adversarial pictures, float32 (N, C, H, W) in [0, 1], for a batch of
any size. The class beside it is the same search step by step: `for _ in Pgd(...).steps()`.

model: any module from pictures (N, C, H, W) in [0, 1] to logits (N, classes); it is asked in eval
mode, and its mode, gradients and parameters are as they were afterwards. labels: int64 (N,), the
true classes, or the wanted ones where targeted=True. The plain functions may be called inside
torch.no_grad() or torch.inference_mode(), the classes inside torch.no_grad(). Raises ValueError,
which says which, for wrong shapes, labels that the model lacks, a negative epsilon, and pictures
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
from lab.attacks.gradient_descent import Descent as Descent
from lab.attacks.gradient_descent import gradient_descent as gradient_descent
from lab.attacks.noise import Noise as Noise
from lab.attacks.noise import noise as noise
from lab.attacks.norms import NORMS as NORMS
from lab.attacks.norms import Norm as Norm
from lab.attacks.pgd import Pgd as Pgd
from lab.attacks.pgd import pgd as pgd
