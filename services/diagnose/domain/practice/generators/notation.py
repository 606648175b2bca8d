"""Numbers and polynomials in the notation of our stems: LaTeX, to stand between dollar signs."""

from collections.abc import Sequence
from fractions import Fraction


def number(value: Fraction | int) -> str:
    r"""``value`` as an integer or as ``\frac{a}{b}`` in lowest terms."""
    value = Fraction(value)
    if value.denominator == 1:
        return str(value.numerator)
    sign = "-" if value < 0 else ""
    return rf"{sign}\frac{{{abs(value.numerator)}}}{{{value.denominator}}}"


def fraction(numerator: int, denominator: int) -> str:
    """A fraction as it is given, not reduced."""
    return rf"\frac{{{numerator}}}{{{denominator}}}"


def decimal(value: Fraction) -> str:
    """``value`` as a decimal; raises ValueError for one that does not end."""
    places = 0
    while (value * 10**places).denominator != 1:
        places += 1
        if places > 12:
            raise ValueError("the decimal does not end")
    digits = str(abs(int(value * 10**places))).rjust(places + 1, "0")
    sign = "-" if value < 0 else ""
    return sign + (f"{digits[:-places]}.{digits[-places:]}" if places else digits)


def bracketed(value: int) -> str:
    """A negative number in brackets, so that it can follow a sign."""
    return f"({value})" if value < 0 else str(value)


def signed(value: int) -> str:
    """``value`` with its sign, as it follows another term."""
    return f"+ {value}" if value >= 0 else f"- {-value}"


def equal(*parts: str) -> str:
    """``parts`` with equals signs between, none twice in a row."""
    return " = ".join(part for i, part in enumerate(parts) if i == 0 or part != parts[i - 1])


def polynomial(coefficients: Sequence[int], variable: str = "x") -> str:
    """The polynomial with ``coefficients`` from the highest power down."""
    shown = ""
    degree = len(coefficients) - 1
    for place, coefficient in enumerate(coefficients):
        power = degree - place
        if coefficient == 0:
            continue
        letter = variable if power == 1 else f"{variable}^{{{power}}}"
        size = abs(coefficient)
        term = str(size) if power == 0 else (letter if size == 1 else f"{size}{letter}")
        if shown:
            shown += f" - {term}" if coefficient < 0 else f" + {term}"
        else:
            shown = f"-{term}" if coefficient < 0 else term
    return shown or "0"
