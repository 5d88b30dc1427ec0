"""Tests of the Koha adapter and of the HTTP client below it."""
