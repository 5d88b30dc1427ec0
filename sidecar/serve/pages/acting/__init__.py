"""What people do on the page: the same orders as the commands', by name."""
