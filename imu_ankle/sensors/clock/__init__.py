"""From packets with wrapping counters to samples in place: counted, timed, with every hole known."""
