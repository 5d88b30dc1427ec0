"""Reading a TOML file so that every mistake has its place."""
