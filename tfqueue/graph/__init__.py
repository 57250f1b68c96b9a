"""The symbolic graph: operations, tensors, and the one door through which an op is defined."""
