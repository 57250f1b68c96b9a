"""TensorFlow 1's queues on NumPy, watched from the first element: `import tfqueue as tf`.

General layout: the names stand here, and in the namespaces, under TensorFlow 1's spelling, grouped by the room that
defines them. Nothing heavy comes with it: tensorboardX, prometheus_client, Pillow and rich are loaded on first use.
`X as X` says to a type checker that the name is public here.
"""

import importlib as _importlib
from typing import TYPE_CHECKING as _TYPE_CHECKING
from typing import Any as _Any

# The framework's types and shapes
from tfqueue.framework.dimension import Dimension as Dimension
from tfqueue.framework.dtypes import DType as DType
from tfqueue.framework.dtypes import as_dtype as as_dtype
from tfqueue.framework.dtypes import bool as bool
from tfqueue.framework.dtypes import complex64 as complex64
from tfqueue.framework.dtypes import complex128 as complex128
from tfqueue.framework.dtypes import double as double
from tfqueue.framework.dtypes import float16 as float16
from tfqueue.framework.dtypes import float32 as float32
from tfqueue.framework.dtypes import float64 as float64
from tfqueue.framework.dtypes import half as half
from tfqueue.framework.dtypes import int8 as int8
from tfqueue.framework.dtypes import int16 as int16
from tfqueue.framework.dtypes import int32 as int32
from tfqueue.framework.dtypes import int64 as int64
from tfqueue.framework.dtypes import resource as resource
from tfqueue.framework.dtypes import string as string
from tfqueue.framework.dtypes import uint8 as uint8
from tfqueue.framework.dtypes import uint16 as uint16
from tfqueue.framework.dtypes import uint32 as uint32
from tfqueue.framework.dtypes import uint64 as uint64
from tfqueue.framework.errors import OpError as OpError
from tfqueue.framework.tensor_shape import TensorShape as TensorShape
from tfqueue.framework.version import VERSION as __version__

# The graph, its scopes and collections, and what is the default
from tfqueue.graph.collections import GraphKeys as GraphKeys
from tfqueue.graph.graph import Graph as Graph
from tfqueue.graph.graph import add_to_collection as add_to_collection
from tfqueue.graph.graph import add_to_collections as add_to_collections
from tfqueue.graph.graph import colocate_with as colocate_with
from tfqueue.graph.graph import container as container
from tfqueue.graph.graph import control_dependencies as control_dependencies
from tfqueue.graph.graph import device as device
from tfqueue.graph.graph import get_collection as get_collection
from tfqueue.graph.graph import get_collection_ref as get_collection_ref
from tfqueue.graph.graph import get_default_graph as get_default_graph
from tfqueue.graph.graph import get_default_session as get_default_session
from tfqueue.graph.graph import name_scope as name_scope
from tfqueue.graph.graph import reset_default_graph as reset_default_graph
from tfqueue.graph.graph import set_random_seed as set_random_seed
from tfqueue.graph.operation import Operation as Operation
from tfqueue.graph.operation import Tensor as Tensor

# A queue without a graph
from tfqueue.queues.blocking_queue import BlockingQueue as BlockingQueue

# The namespaces
from . import errors as errors

if _TYPE_CHECKING:
    # The same names as in `_LAZY`, for type checkers.
    from tfqueue.summaries.monitor import monitor as monitor
else:
    # Names whose modules are heavy: imported when they are first asked for.
    _LAZY = {
        "monitor": "tfqueue.summaries.monitor",
    }

    def __getattr__(name: str) -> _Any:
        """Imports what is heavy on first use."""
        if name not in _LAZY:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(_importlib.import_module(_LAZY[name]), name)

    def __dir__() -> list[str]:
        return sorted({*globals(), *_LAZY})
