"""tfqueue: a monitoring-first input pipeline, TensorFlow 1's queues on NumPy. `import tfqueue as tf`."""
