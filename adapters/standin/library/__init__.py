"""The invented library: who there is, what they owe, and what people do in it."""
