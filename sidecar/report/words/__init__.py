"""The vocabulary of all reports, and the sentences made of it."""
