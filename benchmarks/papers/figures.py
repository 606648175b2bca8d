"""Small lettered drawings for questions: their letters stand where no answer does."""

FIGURES = {
    "triangle": """
  place(polygon(stroke: 0.7pt, (4pt, 56pt), (84pt, 56pt), (56pt, 10pt)))
  place(dx: 0pt, dy: 58pt, text(size: 8pt)[A])
  place(dx: 82pt, dy: 58pt, text(size: 8pt)[B])
  place(dx: 54pt, dy: 0pt, text(size: 8pt)[C])
""",
    "circle": """
  place(dx: 20pt, dy: 8pt, circle(radius: 26pt, stroke: 0.7pt))
  place(line(start: (20pt, 34pt), end: (72pt, 34pt), stroke: 0.7pt))
  place(dx: 12pt, dy: 30pt, text(size: 8pt)[A])
  place(dx: 75pt, dy: 30pt, text(size: 8pt)[B])
  place(dx: 44pt, dy: 36pt, text(size: 8pt)[O])
""",
    "axes": """
  place(line(start: (4pt, 56pt), end: (86pt, 56pt), stroke: 0.7pt))
  place(line(start: (12pt, 64pt), end: (12pt, 4pt), stroke: 0.7pt))
  place(line(start: (12pt, 50pt), end: (76pt, 14pt), stroke: 0.9pt))
  place(dx: 80pt, dy: 58pt, text(size: 8pt)[t])
  place(dx: 2pt, dy: 0pt, text(size: 8pt)[v])
""",
}
#: Width and height that every drawing fits into, in points.
SIZE = (90, 70)


def figure(name: str, place: str) -> str:
    """Markup of a drawing, centred; ``place`` labels its box."""
    width, height = SIZE
    return (
        f"#align(center, box(width: {width}pt, height: {height}pt, {{\n"
        f'  place(top + left, at("{place}", w: {width}pt, h: {height}pt))\n'
        f"{FIGURES[name]}}}))\n"
    )
