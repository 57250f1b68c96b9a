"""Ops: builders under TensorFlow's names, and their NumPy kernels, one file a family."""
