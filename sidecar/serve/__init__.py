"""The daemon: cycles on a schedule, a policy that may change while it runs, and a health answer."""
