"""When the daemon runs a cycle, and which one comes next."""
