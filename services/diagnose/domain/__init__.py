"""The pure part of the diagnosis: alignment, comparison, scoring, mastery, advice."""
