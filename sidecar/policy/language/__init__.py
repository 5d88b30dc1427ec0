"""What a policy file and its tests can say, as data."""
