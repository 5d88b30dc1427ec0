"""One run of the program: pull -> decide -> plan -> brakes -> apply -> journal. `run.run_once` tells it on one page."""
