"""What follows from the record: pure functions on plain values, no database, clock, request or setting."""
