"""Koha's manners over HTTP: tokens, parameters, pages, errors, and faults on demand."""
