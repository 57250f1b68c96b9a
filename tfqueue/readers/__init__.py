"""Readers: a queue of names in, records out; usable with no graph."""
