"""The stand-in's own routes, with which people and tests make things happen in its library."""
