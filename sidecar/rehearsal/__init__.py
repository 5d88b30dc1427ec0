"""Policy tests and simulation: the real decide and plan, on facts that nobody lives by."""
