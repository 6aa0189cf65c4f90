"""The numbers of what is shown: as text that a spreadsheet reads, and as arrays by name."""

from lab.records.as_arrays import arrays
from lab.records.as_csv import csv_text, has_rows

__all__ = ["arrays", "csv_text", "has_rows"]
