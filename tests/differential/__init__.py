"""The same random programs of queue operations on tfqueue and on TensorFlow. Run by hand: see the README."""
