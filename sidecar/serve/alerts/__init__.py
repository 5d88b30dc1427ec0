"""What a person must be told of the daemon, in which words, and how it gets out."""
