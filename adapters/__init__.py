"""Adapters: what Cardwarden speaks to, behind the ports of the sidecar."""
