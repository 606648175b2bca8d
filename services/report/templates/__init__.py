"""Templates of the report: Jinja2 for HTML, typst for PDF."""
