"""A softmax over the leaves of a tree whose weights are shared along the routes."""

import numpy as np
from scipy import sparse

from services.diagnose.domain.tagging.route_softmax import fit_routes, softmax


def tree() -> sparse.csr_matrix:
    """Four leaves under two parents: leaf and parent columns."""
    parents = np.repeat(np.eye(2), 2, axis=0)
    return sparse.csr_matrix(np.hstack([np.eye(4), parents]).astype(np.float32))


def labelled(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Unit vectors near their leaf's centre, whose first two numbers tell the parent."""
    random = np.random.default_rng(seed)
    centres = np.hstack([2 * np.repeat(np.eye(2), 2, axis=0), np.eye(4)])
    leaves = np.arange(count) % 4
    points = centres[leaves] + random.normal(0, 0.4, (count, 6))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    return points.astype(np.float32), np.eye(4, dtype=np.float32)[leaves]


def test_leaves_are_told_apart_on_questions_that_were_not_seen() -> None:
    known, targets = labelled(160, seed=1)
    fit = fit_routes(known @ known.T, targets, tree())
    asked, truth = labelled(80, seed=2)
    logits = (asked @ known.T) @ fit.dual + fit.biases
    assert (logits.argmax(1) == truth.argmax(1)).mean() > 0.85
    assert np.allclose(softmax(logits).sum(1), 1, atol=1e-5)


def test_a_leaf_with_one_question_is_found_through_its_parent() -> None:
    known, targets = labelled(160, seed=3)
    is_kept = targets[:, 3] == 0
    is_kept[3] = True
    known, targets = known[is_kept], targets[is_kept]
    asked, truth = labelled(80, seed=4)
    rare = truth[:, 3] == 1
    found = []
    for routes in (tree(), sparse.identity(4, dtype=np.float32, format="csr")):
        fit = fit_routes(known @ known.T, targets, routes)
        logits = (asked[rare] @ known.T) @ fit.dual + fit.biases
        # Its sibling is more usual, but the other parent's leaves are not.
        found.append((np.argsort(-logits, axis=1)[:, :2] == 3).any(axis=1).mean())
    shared, alone = found
    assert shared >= alone + 0.3


def test_the_same_questions_give_the_same_weights() -> None:
    known, targets = labelled(40, seed=5)
    once, twice = (fit_routes(known @ known.T, targets, tree()) for _ in range(2))
    assert np.array_equal(once.dual, twice.dual)
    assert np.array_equal(once.biases, twice.biases)


def test_copies_of_one_question_do_no_harm() -> None:
    known = np.ones((5, 3), dtype=np.float32)
    fit = fit_routes(known @ known.T, np.eye(4, dtype=np.float32)[[0, 1, 2, 3, 0]], tree())
    assert np.isfinite(fit.dual).all()
    assert np.isfinite(fit.biases).all()
