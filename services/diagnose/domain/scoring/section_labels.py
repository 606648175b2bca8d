"""Section labels and question numbers in the one spelling that answers are compared in."""

from services.diagnose.domain.comparing.written_form import written_form
from shared.contract.notation.labels import bare_label, bare_number, ordinals_of


def label_key(label: str) -> str:
    """The bare label in small letters: 一, 第一部分 and 一、 are one."""
    return bare_label(written_form(label))


def label_ordinals(label: str) -> frozenset[int]:
    """The ordinals a label can stand for: 一, 1, I, A and Part A can all be the first section."""
    return ordinals_of(label_key(label))


def number_key(number: str) -> str:
    """A question number in its bare form."""
    return bare_number(written_form(number))
