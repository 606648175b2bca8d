"""Trains a tagger from labelled questions: one kernel, ridge and route softmax, pruned weights."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import linalg, sparse

from services.diagnose.domain.tagging.question_features import (
    BUCKETS,
    Block,
    QuestionText,
    block_features,
)
from services.diagnose.domain.tagging.route_softmax import fit_routes
from services.diagnose.domain.tagging.stems import stem_hash
from services.diagnose.domain.tagging.tagger import Floats, SparseWeights, Tagger, feature_vector
from services.diagnose.domain.tagging.topic_routes import Topic

Blocks = tuple[Block, ...]

#: The kernel matrix of more questions than this would need gigabytes.
MOST_QUESTIONS = 8000
_RIDGE = 2.0
#: How much less a copy without source and worked answer counts.
_BARE_DISCOUNT = 10.0
#: How much the ridge scores of a leaf and of what is above it add to its logit.
_RIDGE_SHARE, _NODE_SHARE = 10.0, 0.1
_CHUNK, _ROWS = 64, 512
_LEAST_DOCUMENTS = 2


@dataclass(frozen=True, slots=True)
class LabelledQuestion:
    """A question with its topics; ``difficulty`` 0..1 or None."""

    text: QuestionText
    topics: tuple[Topic, ...]
    difficulty: float | None = None


@dataclass(frozen=True, slots=True)
class Pruning:
    """How many weights a module and a leaf keep."""

    module: int = 30000
    leaf: int = 4000


def train(questions: Sequence[LabelledQuestion], pruning: Pruning) -> Tagger:
    """Fit modules, leaves and difficulty.

    Ridge regression on 0/1 targets in its dual form (Saunders et al. 1998) shares one matrix among
    all classes. A softmax over their routes also tells leaves apart. Raises ValueError
    without labelled questions or with more than MOST_QUESTIONS.
    """
    labelled = [question for question in questions if question.topics]
    if not 0 < len(labelled) <= MOST_QUESTIONS:
        raise ValueError(f"a tagger needs 1 to {MOST_QUESTIONS} labelled questions")
    modules = tuple(sorted({topic.module for q in labelled for topic in q.topics}))
    leaves = tuple(sorted({topic.leaf for q in labelled for topic in q.topics}))
    trained_stems = frozenset(stem_hash(question.text) for question in labelled)
    blocks = [block_features(question.text) for question in labelled]
    inverse_frequency = _inverse_frequency(blocks)
    penalties = np.full(len(labelled), _RIDGE, dtype=np.float32)
    labelled, blocks = _with_bare_copies(labelled, blocks)
    penalties = np.pad(
        penalties, (0, len(labelled) - len(penalties)), constant_values=_RIDGE * _BARE_DISCOUNT
    )
    matrix = _matrix(blocks, inverse_frequency)
    kernel = _kernel(matrix)
    dual, biases = _fit(labelled, kernel, penalties, modules, leaves)
    keep = [pruning.module] * len(modules) + [pruning.leaf] * len(leaves) + [pruning.module]
    return Tagger(
        modules=modules,
        leaves=leaves,
        parents=_parents(labelled, modules, leaves),
        inverse_frequency=inverse_frequency,
        weights=_prune(matrix, dual, keep, biases),
        trained_stems=trained_stems,
    )


def _fit(
    questions: list[LabelledQuestion],
    kernel: Floats,
    penalties: Floats,
    modules: tuple[str, ...],
    leaves: tuple[str, ...],
) -> tuple[Floats, Floats]:
    """Dual weights (n, classes) and biases (classes,) of modules, leaves' logits and difficulty."""
    targets = _targets(questions, modules, leaves)
    above = _ancestors(questions, leaves)
    by_node = np.minimum(targets[:, len(modules) : -1] @ above.toarray(), 1)
    everything = np.hstack([targets, by_node]).astype(np.float32)
    biases = everything.mean(axis=0)
    penalised = kernel + np.diag(penalties)
    ridge = linalg.solve(penalised, everything - biases, assume_a="pos", overwrite_a=True)
    first, last = len(modules), len(modules) + len(leaves)
    routes = sparse.hstack(
        [sparse.identity(len(leaves)), above, _one_hot(_parents(questions, modules, leaves), first)]
    ).tocsr()
    softmax = fit_routes(kernel, targets[:, first:last], routes.astype(np.float32))
    for weights, logits in ((ridge, softmax.dual), (biases[None], softmax.biases[None])):
        lifted = weights[:, first:last] + _NODE_SHARE * (above @ weights[:, last + 1 :].T).T
        weights[:, first:last] = logits + _RIDGE_SHARE * lifted
    return ridge[:, : last + 1], biases[: last + 1]


def _ancestors(questions: list[LabelledQuestion], leaves: tuple[str, ...]) -> sparse.csr_matrix:
    """(leaves, names): which names are above each leaf."""
    pairs = {(t.leaf, name) for q in questions for t in q.topics for name in t.ancestors}
    names = tuple(sorted({name for _, name in pairs}))
    row, column = ({name: i for i, name in enumerate(known)} for known in (leaves, names))
    found = sparse.lil_matrix((len(leaves), len(names)), dtype=np.float32)
    for leaf, name in sorted(pairs):
        found[row[leaf], column[name]] = 1
    return found.tocsr()


def _one_hot(columns: npt.NDArray[np.int64], width: int) -> sparse.csr_matrix:
    rows = np.arange(len(columns))
    ones = np.ones(len(columns), dtype=np.float32)
    return sparse.csr_matrix((ones, (rows, columns)), shape=(len(columns), width))


def _with_bare_copies(
    questions: list[LabelledQuestion], blocks: list[Blocks]
) -> tuple[list[LabelledQuestion], list[Blocks]]:
    """Every question once more as an exam paper has it: without its source and worked answer."""
    shown = [tuple(block for block in own if block.is_on_paper) for own in blocks]
    places = [i for i, own in enumerate(blocks) if len(shown[i]) < len(own)]
    return questions + [questions[i] for i in places], blocks + [shown[i] for i in places]


def _inverse_frequency(blocks: list[Blocks]) -> Floats:
    """Smoothed inverse document frequency; 0 for what occurs in a single question."""
    documents = np.zeros(BUCKETS)
    for own in blocks:
        for block in own:
            documents[block.features.buckets] += 1
    found = np.log((1 + len(blocks)) / (1 + documents)) + 1
    return np.where(documents >= _LEAST_DOCUMENTS, found, 0).astype(np.float16).astype(np.float32)


def _matrix(blocks: list[Blocks], inverse_frequency: Floats) -> sparse.csr_matrix:
    rows = [feature_vector(own, inverse_frequency) for own in blocks]
    ends = np.cumsum([0, *(len(buckets) for buckets, _ in rows)])
    values = np.concatenate([values for _, values in rows])
    buckets = np.concatenate([buckets for buckets, _ in rows])
    return sparse.csr_matrix((values, buckets, ends), shape=(len(blocks), BUCKETS))


def _kernel(matrix: sparse.csr_matrix) -> Floats:
    """Products of all rows, in pieces: as one sparse product it would need three times the room."""
    transposed = matrix.T.tocsr()
    kernel = np.empty((matrix.shape[0], matrix.shape[0]), dtype=np.float32)
    for start in range(0, len(kernel), _ROWS):
        kernel[start : start + _ROWS] = (matrix[start : start + _ROWS] @ transposed).toarray()
    return kernel


def _targets(
    questions: list[LabelledQuestion], modules: tuple[str, ...], leaves: tuple[str, ...]
) -> Floats:
    columns = {("module", name): i for i, name in enumerate(modules)}
    columns |= {("leaf", name): len(modules) + i for i, name in enumerate(leaves)}
    known = [q.difficulty for q in questions if q.difficulty is not None]
    middle = float(np.mean(known)) if known else 0.5
    targets = np.zeros((len(questions), len(columns) + 1), dtype=np.float32)
    for row, question in enumerate(questions):
        for topic in question.topics:
            targets[row, columns["module", topic.module]] = 1
            targets[row, columns["leaf", topic.leaf]] = 1
        targets[row, -1] = middle if question.difficulty is None else question.difficulty
    return targets


def _parents(
    questions: list[LabelledQuestion], modules: tuple[str, ...], leaves: tuple[str, ...]
) -> npt.NDArray[np.int64]:
    """The module that each leaf occurs in most."""
    counts = Counter((t.leaf, t.module) for q in questions for t in q.topics)
    best: dict[str, tuple[int, str]] = {}
    for (leaf, module), count in sorted(counts.items()):
        best[leaf] = max(best.get(leaf, (0, "")), (count, module))
    place = {name: i for i, name in enumerate(modules)}
    return np.array([place[best[leaf][1]] for leaf in leaves], dtype=np.int64)


def _prune(
    matrix: sparse.csr_matrix, dual: Floats, keep: list[int], biases: Floats
) -> SparseWeights:
    """The largest weights of every class as int8, ordered by feature."""
    features, classes, values, scales = [], [], [], []
    transposed = matrix.T.tocsr()
    # A weight matters by what it adds to a typical question, not by its size.
    usual = np.sqrt(np.asarray(transposed.multiply(transposed).mean(axis=1))).ravel()
    present = np.flatnonzero(usual)
    transposed, usual = transposed[present], usual[present]
    for start in range(0, dual.shape[1], _CHUNK):
        dense = np.asarray(transposed @ dual[:, start : start + _CHUNK])
        for column in range(dense.shape[1]):
            weights, kept = dense[:, column], min(keep[start + column], len(present))
            chosen = np.argpartition(-np.abs(weights) * usual, kept - 1)[:kept]
            scale = float(np.abs(weights[chosen]).max()) / 127 or 1.0
            rounded = np.round(weights[chosen] / scale).astype(np.int8)
            chosen, rounded = chosen[rounded != 0], rounded[rounded != 0]
            features.append(present[chosen])
            classes.append(np.full(len(chosen), start + column, dtype=np.uint16))
            values.append(rounded)
            scales.append(scale)
    feature, label = np.concatenate(features), np.concatenate(classes)
    order = np.lexsort((label, feature))
    starts = np.zeros(BUCKETS + 1, dtype=np.int64)
    starts[1:] = np.cumsum(np.bincount(feature, minlength=BUCKETS))
    return SparseWeights(
        starts,
        label[order],
        np.concatenate(values)[order],
        np.array(scales, dtype=np.float32),
        biases.astype(np.float32),
    )
