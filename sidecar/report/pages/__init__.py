"""What people read, as values: pages of sections, whichever renderer shows them."""
