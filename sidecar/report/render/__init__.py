"""The renderers: terminal, HTML, CSV and JSON."""
