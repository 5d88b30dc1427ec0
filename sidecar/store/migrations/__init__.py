"""Alembic's migrations of the journal; they travel with the package and run when a journal is opened."""
