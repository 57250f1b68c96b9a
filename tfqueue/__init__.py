"""TensorFlow 1's queues on NumPy, watched from the first element: `import tfqueue as tf`.

General layout: the names stand here, and in the namespaces, under TensorFlow 1's spelling, grouped by the room that
defines them. Nothing heavy comes with it: tensorboardX, prometheus_client, Pillow and rich are loaded on first use.
`X as X` says to a type checker that the name is public here.
"""

from tfqueue.framework.version import VERSION as __version__

from . import errors as errors
