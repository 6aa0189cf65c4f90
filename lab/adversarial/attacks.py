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

from lab.adversarial.carlini_wagner import CarliniWagner as CarliniWagner
from lab.adversarial.carlini_wagner import carlini_wagner as carlini_wagner
from lab.adversarial.deepfool import DeepFool as DeepFool
from lab.adversarial.deepfool import deepfool as deepfool
from lab.adversarial.descent import Descent as Descent
from lab.adversarial.descent import gradient_descent as gradient_descent
from lab.adversarial.fgsm import Fgsm as Fgsm
from lab.adversarial.fgsm import fgsm as fgsm
from lab.adversarial.noise import Noise as Noise
from lab.adversarial.noise import noise as noise
from lab.adversarial.norms import NORMS as NORMS
from lab.adversarial.norms import Norm as Norm
from lab.adversarial.pgd import Pgd as Pgd
from lab.adversarial.pgd import pgd as pgd
from lab.adversarial.search import LOSSES as LOSSES
from lab.adversarial.search import Search as Search
