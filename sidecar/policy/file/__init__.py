"""A policy file's tables and values, each mistake noted with its place."""
