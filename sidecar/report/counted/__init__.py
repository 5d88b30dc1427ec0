"""What a cycle comes to, counted once for all reports."""
