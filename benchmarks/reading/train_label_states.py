"""Trains the classifier of option labels that is shipped, and measures it on labels kept apart.

    python benchmarks/reading/train_label_states.py [--pages 1200] [--passes 14]

Everything it learns from is drawn (``label_pages.py``); what was drawn is kept in ``.run/labels``.
Writes the weights beside their card and prints the card's figures. Besides what the project needs
for development it needs ``torch`` (CPU, 2.13.0), in an environment of its own.
"""

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(1, str(Path(__file__).resolve().parents[2]))

# Scripts, not packages: the project's root has to be on the path first.
import numpy as np
import torch
from label_set import label_set
from numpy.typing import NDArray
from torch import nn

from services.ocr.adapters.label_weights import SHIPPED, read_classifier, write_classifier
from services.ocr.domain.drawings.label_classifier import POOLED, LabelClassifier
from services.ocr.domain.drawings.label_state import CHOSEN, CROSSED_OUT, STATES, LabelState

CACHE = Path(__file__).resolve().parents[2] / ".run" / "labels"
#: Pages are drawn in parts of so many, which are cached.
PART = 150
#: First seeds of pages to train on, to choose the temperature on, and to measure on.
TRAINING, CHOOSING, MEASURING = 1000, 2000, 3000
BATCH, RATE = 256, 4e-3
#: Every pass sees another half of the unmarked labels, which are as many as all others. Each weighs
#: three times: on papers marks are rarer, and print that is called marked costs more than a mark
#: that a person has to look at.
NONE_SHARE, NONE_WEIGHT = 0.5, 3.0
#: Views are moved by up to so many pixels and made up to so much paler while training.
MOVE_PX, PALER = 2, 0.4
#: Where the card counts labels that are called surely, and what they are then said to be.
LEVELS = (0.5, 0.8, 0.9, 0.95, 0.98)
MEANINGS = {
    name: [STATES.index(state) for state in sorted(states)]
    for name, states in (
        ("unmarked", {LabelState.NONE}),
        ("chosen", CHOSEN),
        ("crossed out", CROSSED_OUT),
    )
}


class Network(nn.Module):
    """What ``LabelClassifier`` computes, in the form that torch trains."""

    def __init__(self) -> None:
        super().__init__()
        self.convolutions = nn.ModuleList(
            [nn.Conv2d(2, 12, 5, 2, 2), nn.Conv2d(12, 32, 3, 1, 1), nn.Conv2d(32, 64, 3, 1, 1)]
        )
        self.hidden = nn.Linear(64 * 36, 48)
        self.last = nn.Linear(48, len(STATES))

    def forward(self, views: torch.Tensor) -> torch.Tensor:
        """Logits (n, states) of views (n, 2, side, side)."""
        values = views
        for number, convolution in enumerate(self.convolutions):
            values = torch.relu(convolution(values))
            if number < POOLED:
                values = torch.max_pool2d(values, 2)
        values = nn.functional.dropout(values.flatten(1), 0.3, self.training)
        return self.last(torch.relu(self.hidden(values)))


def main() -> None:
    """Draw, train, choose the temperature, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=1200, help="drawn to train on")
    parser.add_argument("--passes", type=int, default=14, help="over all of them")
    options = parser.parse_args()
    torch.manual_seed(1)
    # A second thread waits more than it helps with layers as small as these.
    torch.set_num_threads(1)
    views, states = _drawn(TRAINING, options.pages)
    network = _trained(views, states, options.passes)
    chosen = _drawn(CHOOSING, PART)
    classifier = _as_classifier(network, 1.0)
    classifier = _as_classifier(network, _temperature(classifier, *chosen))
    write_classifier(classifier, SHIPPED)
    print(json.dumps(_figures(read_classifier(SHIPPED), *_drawn(MEASURING, PART)), indent=1))


def _drawn(seed: int, pages: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Views and states of labels, from the cache where they were drawn before."""
    CACHE.mkdir(parents=True, exist_ok=True)
    parts = []
    for part in range(seed, seed + -(-pages // PART)):
        file = CACHE / f"{part}.npz"
        if not file.exists():
            views, states = label_set(part, PART)
            np.savez_compressed(file, views=views, states=states)
            print(f"drew {len(states)} labels ({file.name})", file=sys.stderr)
        with np.load(file) as data:
            parts.append((data["views"], data["states"]))
    return np.concatenate([v for v, _ in parts]), np.concatenate([s for _, s in parts])


def _trained(views: NDArray[np.uint8], states: NDArray[np.int64], passes: int) -> Network:
    network = Network()
    optimiser = torch.optim.AdamW(network.parameters(), RATE, weight_decay=1e-3)
    none = STATES.index(LabelState.NONE)
    chance = np.random.default_rng(1)
    kept = len(states) - round((1 - NONE_SHARE) * int((states == none).sum()))
    steps = passes * (kept // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, steps)
    weights = torch.ones(len(STATES))
    weights[none] = NONE_WEIGHT
    loss_of = nn.CrossEntropyLoss(weight=weights, label_smoothing=0.01)
    every, targets = torch.from_numpy(views), torch.from_numpy(states)
    for number in range(passes):
        total = 0.0
        some = chance.permutation(np.flatnonzero(states == none))[: kept - (states != none).sum()]
        order = chance.permutation(np.concatenate([some, np.flatnonzero(states != none)]))
        batches = torch.from_numpy(order[: kept // BATCH * BATCH].reshape(-1, BATCH))
        for chosen in batches:
            loss = loss_of(network(_shaken(every[chosen])), targets[chosen])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            total += float(loss.detach())
        print(f"pass {number + 1}: loss {total / len(batches):.4f}", file=sys.stderr)
    return network.eval()


def _shaken(views: torch.Tensor) -> torch.Tensor:
    """``views`` as values 0..1, moved, paler and grainy by chance."""
    move = torch.randint(-MOVE_PX, MOVE_PX + 1, (2,)).tolist()
    values = torch.roll(views.float() / 255, move, (2, 3))
    values = values * (1 - PALER * torch.rand(len(views), 1, 1, 1))
    return values + 0.02 * torch.randn_like(values)


def _as_classifier(network: Network, temperature: float) -> LabelClassifier:
    return LabelClassifier(
        tuple(layer.weight.detach().numpy() for layer in network.convolutions),
        tuple(layer.bias.detach().numpy() for layer in network.convolutions),
        tuple(layer.weight.detach().numpy() for layer in (network.hidden, network.last)),
        tuple(layer.bias.detach().numpy() for layer in (network.hidden, network.last)),
        temperature,
    )


def _probabilities(classifier: LabelClassifier, views: NDArray[np.uint8]) -> NDArray[np.float64]:
    parts = np.array_split(views, max(1, len(views) // 64))
    return np.concatenate(
        [classifier.probabilities(part.astype(np.float32) / 255) for part in parts]
    )


def _temperature(
    classifier: LabelClassifier, views: NDArray[np.uint8], states: NDArray[np.int64]
) -> float:
    """The temperature with which the true states are likeliest."""
    logits = np.log(_probabilities(classifier, views) + 1e-12)

    def loss(temperature: float) -> float:
        scaled = logits / temperature
        scaled -= np.log(np.exp(scaled).sum(axis=1, keepdims=True))
        return float(-scaled[np.arange(len(states)), states].mean())

    return float(min(np.arange(0.5, 3.0, 0.05), key=loss))


def _figures(
    classifier: LabelClassifier, views: NDArray[np.uint8], states: NDArray[np.int64]
) -> dict[str, object]:
    """How often states are right, by state and by how sure they are told."""
    told = _probabilities(classifier, views)
    best = told.argmax(axis=1)
    none = STATES.index(LabelState.NONE)
    by_state = {
        state.value: {
            "labels": int((states == n).sum()),
            "recall": round(float((best[states == n] == n).mean()), 4),
            "precision": round(float((states[best == n] == n).mean()), 4),
        }
        for n, state in enumerate(STATES)
    }
    by_level = {
        f"{name} {level:.2f}": {
            "told": int((is_told := told[:, alike].sum(axis=1) >= level).sum()),
            "right": round(float(np.isin(states[is_told], alike).mean()), 4),
            "of unmarked labels": int((states[is_told] == none).sum()),
        }
        for name, alike in MEANINGS.items()
        for level in LEVELS
    }
    return {
        "temperature": round(classifier.temperature, 2),
        "labels": len(states),
        "right": round(float((best == states).mean()), 4),
        "states": by_state,
        "levels": by_level,
    }


if __name__ == "__main__":
    main()
