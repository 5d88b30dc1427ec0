"""How it is seen that the daemon lives, and that it ends when it is told to, whatever hangs."""
