"""Our training loop over the one that everybody writes, on the same network and data.

Theirs: a DataLoader over a data set whose images go through ToTensor one by one, default layout,
`.item()` after each step. Ours: lab/training/trainer.py as the trainer exhibit runs it. Both train
that exhibit's default network on the embedded digits, with the same optimiser and batch size, in
turn. Where the processor has matrix units for bfloat16 ours uses them; speed_ratio_float32 is the
rest of the gain.
"""

import statistics
import time

import torch
from PIL import Image
from torch import nn
from torch.utils.data import DataLoader, Dataset
from torchvision.transforms import ToTensor

from lab import datasets
from lab.exhibits.better_training.trainer import Parameters
from lab.networks import models
from lab.networks.models import card_for
from lab.system import devices
from lab.training.trainer import OptimiserSettings, Trainer

EPOCHS = 2
ROUNDS = 5


class Digits(Dataset):
    """As torchvision's MNIST gives them: a PIL picture through a transform."""

    def __init__(self, images, labels):
        self.images, self.labels, self.transform = images.numpy(), labels, ToTensor()

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        picture = Image.fromarray(self.images[index, 0], mode="L")
        return self.transform(picture), int(self.labels[index])


def plain(data, now, device) -> float:
    """Pictures a second of the loop that everybody writes."""
    model = models.build(card_for(now.network, data, 0)).to(device)
    loader = DataLoader(
        Digits(data.train_images, data.train_labels), batch_size=now.batch_size, shuffle=True
    )
    optimiser = torch.optim.SGD(
        model.parameters(), now.lr, momentum=0.9, nesterov=True, weight_decay=now.weight_decay
    )
    criterion = nn.CrossEntropyLoss()
    seen, losses, correct = 0, 0.0, 0
    model.train()
    begun = time.perf_counter()
    for _ in range(EPOCHS):
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            optimiser.zero_grad()
            logits = model(images)
            loss = criterion(logits, labels)
            loss.backward()
            optimiser.step()
            losses += loss.item()
            correct += (logits.argmax(1) == labels).sum().item()
            seen += len(labels)
    return seen / (time.perf_counter() - begun)


def ours(data, now, device, *, autocast: bool) -> float:
    """Pictures a second of lab/training.py, as the trainer runs it or in float32 throughout."""
    data = data.to(device)
    model = models.build(card_for(now.network, data, 0)).to(device)
    trainer = Trainer(
        model,
        data,
        optimiser_name=now.optimiser,
        settings=lambda: OptimiserSettings(now.lr, now.weight_decay),
        batch_size=now.batch_size,
        epochs=EPOCHS,
        schedule=now.schedule,
        autocast=autocast,
    )
    begun = time.perf_counter()
    for _ in trainer.steps():
        pass
    trainer.read_back()  # waits for the device
    return trainer.step * trainer.batch_size / (time.perf_counter() - begun)


def measure(device: str) -> dict[str, float]:
    devices.set_threads()
    chosen, data, now = devices.choose(device), datasets.load("digits"), Parameters()
    rates = [
        (
            plain(data, now, chosen),
            ours(data, now, chosen, autocast=True),
            ours(data, now, chosen, autocast=False),
        )
        for _ in range(ROUNDS + 1)
    ][1:]
    return {
        "speed_ratio": statistics.median(shipped / a for a, shipped, _ in rates),
        "speed_ratio_float32": statistics.median(full / a for a, _, full in rates),
        "plain_images_per_second": statistics.median(a for a, _, _ in rates),
        "our_images_per_second": statistics.median(shipped for _, shipped, _ in rates),
    }
