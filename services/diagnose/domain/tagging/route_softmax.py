"""Tells leaves of a topic tree apart by a softmax whose weights are shared along the routes.

Half of the leaves of a school taxonomy have a single labelled question. Such a leaf can only be
told by what is known of the topics above it. So the weights of a leaf are the sums of the weights
of the nodes on its route (Salakhutdinov, Torralba and Tenenbaum 2011).
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from services.diagnose.domain.tagging.tagger import Floats

#: Directions of the kernel that are kept; the rest is noise of single questions.
_DIRECTIONS = 700
_SPARE_DIRECTIONS, _POWER_ROUNDS = 40, 3
_PENALTY = 1e-4
_EPOCHS, _BATCH, _STEP = 20, 256, 0.02
_FIRST_DECAY, _SECOND_DECAY = 0.9, 0.99
#: A constant feature learns how frequent a topic is. It is small against a question's own.
_CONSTANT = 0.5


@dataclass(frozen=True, slots=True)
class RouteLogits:
    """Leaf logits as a kernel expansion: ``dual`` (n, leaves) and ``biases`` (leaves,)."""

    dual: Floats
    biases: Floats


def fit_routes(kernel: Floats, targets: Floats, routes: sparse.csr_matrix) -> RouteLogits:
    """Fit to ``targets`` (n, leaves) 0/1 with a known ``kernel`` (n, n).

    ``routes`` (leaves, nodes) says with which weight a node counts for a leaf. Minimised by Adam
    (Kingma and Ba 2015) on the kernel's leading directions; chance is seeded.
    """
    vectors, values = _leading(kernel)
    inputs = np.hstack([vectors * np.sqrt(values), np.full((len(kernel), 1), _CONSTANT)])
    shares = targets / np.maximum(targets.sum(1, keepdims=True), 1)
    weights = _minimise(inputs.astype(np.float32), shares, routes)
    by_leaf = np.asarray((routes @ weights.T).T)
    dual = (vectors / np.sqrt(values)) @ by_leaf[:-1]
    return RouteLogits(dual.astype(np.float32), (_CONSTANT * by_leaf[-1]).astype(np.float32))


def _leading(kernel: Floats) -> tuple[Floats, Floats]:
    """Leading eigenvectors (n, d) and eigenvalues (d,) by a randomised range finder.

    Halko, Martinsson and Tropp 2011.
    """
    size = min(_DIRECTIONS, len(kernel))
    random = np.random.default_rng(0)
    width = min(size + _SPARE_DIRECTIONS, len(kernel))
    basis = random.standard_normal((len(kernel), width)).astype(np.float32)
    for _ in range(_POWER_ROUNDS):
        basis, _ = np.linalg.qr(kernel @ basis)
    values, inner = np.linalg.eigh(basis.T @ kernel @ basis)
    order = np.argsort(-values)[:size]
    order = order[values[order] > values.max() * 1e-6]
    return np.asarray(basis @ inner[:, order]), values[order]


def _minimise(inputs: Floats, shares: Floats, routes: sparse.csr_matrix) -> Floats:
    """Weights (directions + 1, nodes) of the penalised cross-entropy's minimum."""
    weights = np.zeros((inputs.shape[1], routes.shape[1]), dtype=np.float32)
    first, second = np.zeros_like(weights), np.zeros_like(weights)
    random, step = np.random.default_rng(0), 0
    transposed = routes.T.tocsr()
    for epoch in range(_EPOCHS):
        order = random.permutation(len(inputs))
        rate = _STEP * (1 - 0.9 * epoch / _EPOCHS)
        for start in range(0, len(order), _BATCH):
            rows = order[start : start + _BATCH]
            logits = (routes @ (inputs[rows] @ weights).T).T
            excess = (softmax(logits) - shares[rows]) / len(rows)
            gradient = inputs[rows].T @ (transposed @ excess.T).T + _PENALTY * weights
            step += 1
            first += (1 - _FIRST_DECAY) * (gradient - first)
            second += (1 - _SECOND_DECAY) * (gradient**2 - second)
            scale = np.sqrt(second / (1 - _SECOND_DECAY**step)) + 1e-8
            weights -= rate * (first / (1 - _FIRST_DECAY**step)) / scale
    return weights


def softmax(logits: Floats) -> Floats:
    """Probabilities along the last axis."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True), dtype=np.float32)
