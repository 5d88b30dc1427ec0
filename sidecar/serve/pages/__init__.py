"""What the daemon answers over HTTP: the status page, the probes and the metrics."""
