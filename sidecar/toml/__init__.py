"""Reading a TOML file so that every mistake in it has its place: for the policy, its tests and the settings."""
