"""Parametric items: a seed, a level and a language make a question with its worked answer."""
