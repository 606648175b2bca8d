"""Cached answers in three tiers: in process, Redis, PostgreSQL."""
