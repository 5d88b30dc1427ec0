"""Koha: shapes on the wire, reading, writing, and the plugin that a library installs."""
