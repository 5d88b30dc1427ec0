"""The Cardwarden plugin's routes, as docs/plugin-api.md has them."""
