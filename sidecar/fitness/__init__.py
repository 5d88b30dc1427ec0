"""Whether settings and policy can do in this ILS what they say: found before the first cycle, not after a complaint."""
