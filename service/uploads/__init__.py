"""Files in: bytes become columns, columns a verdict, a verdict ledger rows and a report."""
