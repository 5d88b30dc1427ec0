"""Claims: a debt that is told, referred to a collection office, and ended by the office's word. Pure, like the core."""
