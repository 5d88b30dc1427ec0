"""The daemon: cycles on a schedule, settings and a policy that may change while it runs, alerts, and pages to read."""
