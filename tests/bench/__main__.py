"""What Cardwarden costs on this machine: `make bench`. CPU seconds and ratios within the one run, since the clock on
the wall tells of the neighbours too."""

from tests.bench import core, cycles, journal, library, quick, writers

if __name__ == "__main__":
    core.main()
    journal.main()
    library.main()
    cycles.main()
    quick.main()
    writers.main()
