"""A stand-in Koha: a real HTTP server with Koha's paths, its quirks and our plugin, for the demo and the tests."""
