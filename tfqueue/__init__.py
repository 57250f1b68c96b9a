"""TensorFlow 1's queues on NumPy, watched from the first element: `import tfqueue as tf`.

General layout: the names stand here, and in the namespaces, under TensorFlow 1's spelling, grouped by the room that
defines them. Nothing heavy is imported with it: tensorboardX, prometheus_client, Pillow and rich are loaded on first use.
"""

from tfqueue.framework.version import VERSION as __version__
