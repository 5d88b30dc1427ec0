"""The journal's records, a module for each: cycles, changes, cases, approvals, leases, and what is forgotten."""
