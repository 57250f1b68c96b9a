"""The runtime of queues: elements, disciplines, attempts and the one blocking queue; usable with no graph."""
