"""The pure core, by concept. Builders make the facts, `oracle` is a second opinion on the table."""
