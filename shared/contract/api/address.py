"""Where the API begins."""

#: Every route but the probes and the pages for people stands below it.
PREFIX = "/api/v1"
