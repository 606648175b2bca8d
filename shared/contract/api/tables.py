"""Media types of tables that clients send."""

CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: Media types of an answer key with one question a row.
TABLE_TYPES = frozenset({CSV, XLSX})
