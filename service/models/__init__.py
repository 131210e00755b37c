"""What is recorded: value types, bodies and tables. Nothing here opens a database."""
