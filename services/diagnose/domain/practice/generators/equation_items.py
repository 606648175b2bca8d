"""Items on linear, simultaneous and quadratic equations, factorisation and inequalities."""

from fractions import Fraction

from services.diagnose.domain.practice.generators.draft import Draft, Level, Setting, Wrong, numeric
from services.diagnose.domain.practice.generators.notation import number, polynomial, signed


def linear_equation(setting: Setting) -> Draft:
    """One unknown: on one side, on both sides, in brackets."""
    root, a, b = setting.nonzero(9), setting.between(2, 9), setting.nonzero(12)
    if setting.level is Level.EASY:
        right = a * root + b
        shown = f"{polynomial((a, b))} = {right}"
        solution = rf"${a}x = {right - b}$, $x = {root}$"
        wrong: Wrong = (-root, Fraction(right + b, a), right - b - a)
        return _solve(setting, shown, root, solution, wrong)
    c = setting.between(2, 9)
    if c == a:
        return linear_equation(setting)
    if setting.level is Level.MEDIUM:
        d = (a - c) * root + b
        shown = f"{polynomial((a, b))} = {polynomial((c, d))}"
        solution = f"${polynomial((a - c, 0))} = {d - b}$, $x = {root}$"
        wrong = (-root, Fraction(d + b, a - c), Fraction(d - b, a + c))
        return _solve(setting, shown, root, solution, wrong)
    e = setting.nonzero(6)
    # a(x + b) = c(x + e) + rest
    rest = a * (root + b) - c * (root + e)
    tail = f" {signed(rest)}" if rest else ""
    shown = f"{a}(x {signed(b)}) = {c}(x {signed(e)}){tail}"
    left, other = polynomial((a, a * b)), polynomial((c, c * e + rest))
    solution = f"${left} = {other}$, ${polynomial((a - c, 0))} = {(a - c) * root}$, $x = {root}$"
    wrong = (-root, Fraction(e + rest - b, a - c), Fraction(c * e + rest + a * b, a - c))
    return _solve(setting, shown, root, solution, wrong)


def simultaneous_equations(setting: Setting) -> Draft:
    """Two linear equations with an integer solution."""
    size = 3 * setting.level
    x, y = setting.nonzero(size + 2), setting.nonzero(size + 2)
    if setting.level is Level.EASY:
        rows = ((1, 1), (1, -1))
    elif setting.level is Level.MEDIUM:
        rows = ((setting.between(2, 4), 1), (setting.between(1, 3), setting.nonzero(3)))
    else:
        rows = (
            (setting.between(2, 7), setting.nonzero(7)),
            (setting.between(2, 7), setting.nonzero(7)),
        )
    (a, b), (d, e) = rows
    determinant = a * e - b * d
    if determinant == 0:
        return simultaneous_equations(setting)
    first, second = a * x + b * y, d * x + e * y
    shown = rf"\begin{{cases}} {_two(a, b)} = {first} \\ {_two(d, e)} = {second} \end{{cases}}"
    steps = setting.say(
        rf"消去 $y$：${polynomial((determinant, 0))} = {first * e - b * second}$，$x = {x}$；"
        f"代入得 $y = {y}$",
        rf"Eliminating $y$: ${polynomial((determinant, 0))} = {first * e - b * second}$, "
        f"so $x = {x}$; substituting, $y = {y}$",
    )
    stem = setting.say(f"解方程组 ${shown}$。", f"Solve ${shown}$.")
    return Draft(stem=stem, answer=f"$x = {x}$, $y = {y}$", solution=steps)


def quadratic_equation(setting: Setting) -> Draft:
    """Pure squares, monic with integer roots, and with a rational root."""
    if setting.level is Level.EASY:
        p = setting.between(2, 12)
        roots, coefficients = (Fraction(-p), Fraction(p)), (1, 0, -p * p)
        factored = f"(x + {p})(x - {p}) = 0"
    else:
        p, q = setting.nonzero(9), setting.nonzero(9)
        a = 1 if setting.level is Level.MEDIUM else setting.between(2, 5)
        if p == a * q or p == q:
            return quadratic_equation(setting)
        # The product of ax - p and x - q.
        roots = (Fraction(p, a), Fraction(q))
        coefficients = (a, -p - a * q, p * q)
        factored = f"({polynomial((a, -p))})({polynomial((1, -q))}) = 0"
    low, high = sorted(roots)
    shown = f"{polynomial(coefficients)} = 0"
    answer = f"$x_1 = {number(low)}$, $x_2 = {number(high)}$"
    stem = setting.say(f"解方程：${shown}$。", f"Solve ${shown}$.")
    return Draft(stem=stem, answer=answer, solution=f"${factored}$, {answer}")


def factorisation(setting: Setting) -> Draft:
    """Difference of squares, monic trinomials, a common factor first."""
    if setting.level is Level.EASY:
        p = setting.between(2, 12)
        coefficients, answer = (1, 0, -p * p), f"$(x + {p})(x - {p})$"
        solution = setting.say(
            f"平方差公式：${polynomial(coefficients)} = x^{{2}} - {p}^{{2}}$",
            f"A difference of squares: ${polynomial(coefficients)} = x^{{2}} - {p}^{{2}}$",
        )
    else:
        p, q = setting.nonzero(9), setting.nonzero(9)
        if p + q == 0 or p == q:
            return factorisation(setting)
        common = 1 if setting.level is Level.MEDIUM else setting.between(2, 6)
        coefficients = (common, common * (p + q), common * p * q)
        factors = f"({polynomial((1, p))})({polynomial((1, q))})"
        answer = f"${common if common > 1 else ''}{factors}$"
        solution = setting.say(
            rf"${p * q} = {p} \times ({q})$，${p + q} = {p} + ({q})$",
            rf"${p * q} = {p} \times ({q})$ and ${p + q} = {p} + ({q})$",
        )
        if common > 1:
            lead = setting.say("先提公因数", "Take out the common factor")
            solution = f"{lead} ${common}$: {solution}"
    shown = polynomial(coefficients)
    stem = setting.say(f"分解因式：${shown}$。", f"Factorise ${shown}$.")
    return Draft(stem=stem, answer=answer, solution=solution)


def linear_inequality(setting: Setting) -> Draft:
    """One unknown; from the second level on the sign turns."""
    bound, b = setting.nonzero(9), setting.nonzero(12)
    a = setting.between(2, 9)
    if setting.level is Level.EASY:
        shown, sign = f"{polynomial((a, b))} > {a * bound + b}", ">"
        solution = f"${a}x > {a * bound}$, $x > {bound}$"
    elif setting.level is Level.MEDIUM:
        shown, sign = f"{polynomial((-a, b))} > {-a * bound + b}", "<"
        solution = f"${-a}x > {-a * bound}$, $x < {bound}$"
    else:
        c = a + setting.between(1, 5)
        d = (a - c) * bound + b
        shown, sign = rf"{polynomial((a, b))} \ge {polynomial((c, d))}", r"\le"
        solution = rf"${polynomial((a - c, 0))} \ge {d - b}$, $x \le {bound}$"
    stem = setting.say(f"解不等式：${shown}$。", f"Solve ${shown}$.")
    return Draft(stem=stem, answer=f"$x {sign} {bound}$", solution=solution)


def _solve(
    setting: Setting,
    equation: str,
    root: int,
    solution: str,
    wrong: tuple[Fraction | int, ...],
) -> Draft:
    stem = setting.say(
        f"解方程 ${equation}$，$x$ 的值是多少？", f"Solve ${equation}$. What is $x$?"
    )
    return numeric(stem, root, solution, wrong)


def _two(a: int, b: int) -> str:
    """``ax + by``."""
    first = polynomial((a, 0))
    rest = polynomial((abs(b), 0), "y")
    return f"{first} {'-' if b < 0 else '+'} {rest}"
