"""One rule of the file -> one rule of the core."""
