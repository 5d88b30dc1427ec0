"""The database under the journal: where it is, its tables, its connections, and its errors in words."""
