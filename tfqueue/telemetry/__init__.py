"""What is counted: clocks, counters, frozen stats, their catalogue and the registry of live sources."""
