"""Stock Koha's routes."""
