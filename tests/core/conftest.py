"""How hard hypothesis looks here."""

from tests.thoroughness import set_thoroughness

set_thoroughness()
