"""Cardwarden: keeps library cards' restriction flags equal to the library's own rules."""

__version__ = "0.2.0"
