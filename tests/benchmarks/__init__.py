"""Benchmarks: ratios measured side by side in one run. `make bench` runs them; the test suite never times anything."""
