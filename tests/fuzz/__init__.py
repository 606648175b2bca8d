"""Hostile and broken input for a running ExamLens: a corpus made by code, and what sends it."""
