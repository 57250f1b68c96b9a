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
from tfqueue.framework.dtypes import variant as variant
from tfqueue.framework.errors import OpError as OpError
from tfqueue.framework.former_names import no_attribute as _no_attribute
from tfqueue.framework.tensor_proto import make_ndarray as make_ndarray
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
from tfqueue.graph.sparse_tensor import SparseTensor as SparseTensor
from tfqueue.graph.sparse_tensor import SparseTensorValue as SparseTensorValue

# Ops on tensors: a module a family; the first gives tensors their operators
from tfqueue.ops import operators as _operators
from tfqueue.ops.array_ops import expand_dims as expand_dims
from tfqueue.ops.array_ops import identity as identity
from tfqueue.ops.array_ops import placeholder as placeholder
from tfqueue.ops.array_ops import placeholder_with_default as placeholder_with_default
from tfqueue.ops.array_ops import rank as rank
from tfqueue.ops.array_ops import reshape as reshape
from tfqueue.ops.array_ops import reverse as reverse
from tfqueue.ops.array_ops import reverse as reverse_v2
from tfqueue.ops.array_ops import shape as shape
from tfqueue.ops.array_ops import size as size
from tfqueue.ops.array_ops import squeeze as squeeze
from tfqueue.ops.array_ops import stop_gradient as stop_gradient
from tfqueue.ops.array_ops import transpose as transpose
from tfqueue.ops.cast_ops import cast as cast
from tfqueue.ops.cast_ops import saturate_cast as saturate_cast
from tfqueue.ops.cast_ops import to_double as to_double
from tfqueue.ops.cast_ops import to_float as to_float
from tfqueue.ops.cast_ops import to_int32 as to_int32
from tfqueue.ops.cast_ops import to_int64 as to_int64
from tfqueue.ops.comparison_ops import equal as equal
from tfqueue.ops.comparison_ops import greater as greater
from tfqueue.ops.comparison_ops import greater_equal as greater_equal
from tfqueue.ops.comparison_ops import is_finite as is_finite
from tfqueue.ops.comparison_ops import is_inf as is_inf
from tfqueue.ops.comparison_ops import is_nan as is_nan
from tfqueue.ops.comparison_ops import less as less
from tfqueue.ops.comparison_ops import less_equal as less_equal
from tfqueue.ops.comparison_ops import logical_and as logical_and
from tfqueue.ops.comparison_ops import logical_not as logical_not
from tfqueue.ops.comparison_ops import logical_or as logical_or
from tfqueue.ops.comparison_ops import logical_xor as logical_xor
from tfqueue.ops.comparison_ops import not_equal as not_equal

# Constants, variables, order without data, and Python functions as ops
from tfqueue.ops.constant_op import constant as constant
from tfqueue.ops.constant_op import convert_to_tensor as convert_to_tensor
from tfqueue.ops.control_flow_ops import Assert as Assert
from tfqueue.ops.control_flow_ops import group as group
from tfqueue.ops.control_flow_ops import no_op as no_op
from tfqueue.ops.control_flow_ops import tuple as tuple
from tfqueue.ops.csv_ops import decode_csv as decode_csv
from tfqueue.ops.example_features import FixedLenFeature as FixedLenFeature
from tfqueue.ops.example_features import FixedLenSequenceFeature as FixedLenSequenceFeature
from tfqueue.ops.example_features import SparseFeature as SparseFeature
from tfqueue.ops.example_features import VarLenFeature as VarLenFeature
from tfqueue.ops.fill_ops import fill as fill
from tfqueue.ops.fill_ops import one_hot as one_hot
from tfqueue.ops.fill_ops import ones as ones
from tfqueue.ops.fill_ops import ones_like as ones_like
from tfqueue.ops.fill_ops import range as range
from tfqueue.ops.fill_ops import zeros as zeros
from tfqueue.ops.fill_ops import zeros_like as zeros_like
from tfqueue.ops.io_ops import ReaderBase as ReaderBase
from tfqueue.ops.io_ops import TextLineReader as TextLineReader
from tfqueue.ops.io_ops import WholeFileReader as WholeFileReader
from tfqueue.ops.io_ops import matching_files as matching_files
from tfqueue.ops.io_ops import read_file as read_file
from tfqueue.ops.io_ops import write_file as write_file
from tfqueue.ops.joining_ops import concat as concat
from tfqueue.ops.joining_ops import pad as pad
from tfqueue.ops.joining_ops import split as split
from tfqueue.ops.joining_ops import stack as stack
from tfqueue.ops.joining_ops import tile as tile
from tfqueue.ops.joining_ops import unstack as unstack
from tfqueue.ops.linear_ops import cumsum as cumsum
from tfqueue.ops.linear_ops import matmul as matmul
from tfqueue.ops.masking_ops import boolean_mask as boolean_mask
from tfqueue.ops.masking_ops import gather as gather
from tfqueue.ops.masking_ops import gather_nd as gather_nd
from tfqueue.ops.masking_ops import unique as unique
from tfqueue.ops.masking_ops import where as where
from tfqueue.ops.math_ops import abs as abs
from tfqueue.ops.math_ops import add as add
from tfqueue.ops.math_ops import add_n as add_n
from tfqueue.ops.math_ops import ceil as ceil
from tfqueue.ops.math_ops import clip_by_value as clip_by_value
from tfqueue.ops.math_ops import div as div
from tfqueue.ops.math_ops import divide as divide
from tfqueue.ops.math_ops import exp as exp
from tfqueue.ops.math_ops import floor as floor
from tfqueue.ops.math_ops import floordiv as floor_div
from tfqueue.ops.math_ops import floordiv as floordiv
from tfqueue.ops.math_ops import floormod as floormod
from tfqueue.ops.math_ops import log as log
from tfqueue.ops.math_ops import log1p as log1p
from tfqueue.ops.math_ops import maximum as maximum
from tfqueue.ops.math_ops import minimum as minimum
from tfqueue.ops.math_ops import mod as mod
from tfqueue.ops.math_ops import multiply as multiply
from tfqueue.ops.math_ops import negative as negative
from tfqueue.ops.math_ops import pow as pow
from tfqueue.ops.math_ops import realdiv as realdiv
from tfqueue.ops.math_ops import round as round
from tfqueue.ops.math_ops import rsqrt as rsqrt
from tfqueue.ops.math_ops import sigmoid as sigmoid
from tfqueue.ops.math_ops import sign as sign
from tfqueue.ops.math_ops import sqrt as sqrt
from tfqueue.ops.math_ops import square as square
from tfqueue.ops.math_ops import squared_difference as squared_difference
from tfqueue.ops.math_ops import subtract as subtract
from tfqueue.ops.math_ops import tanh as tanh
from tfqueue.ops.math_ops import truediv as truediv
from tfqueue.ops.parsing_ops import decode_json_example as decode_json_example
from tfqueue.ops.parsing_ops import parse_example as parse_example
from tfqueue.ops.parsing_ops import parse_single_example as parse_single_example
from tfqueue.ops.queue_base import QueueBase as QueueBase
from tfqueue.ops.queue_ops import FIFOQueue as FIFOQueue
from tfqueue.ops.queue_ops import PaddingFIFOQueue as PaddingFIFOQueue
from tfqueue.ops.queue_ops import PriorityQueue as PriorityQueue
from tfqueue.ops.queue_ops import RandomShuffleQueue as RandomShuffleQueue
from tfqueue.ops.random_ops import get_seed as get_seed
from tfqueue.ops.random_ops import random_crop as random_crop
from tfqueue.ops.random_ops import random_normal as random_normal
from tfqueue.ops.random_ops import random_shuffle as random_shuffle
from tfqueue.ops.random_ops import random_uniform as random_uniform
from tfqueue.ops.random_ops import truncated_normal as truncated_normal
from tfqueue.ops.reader_ops import FixedLengthRecordReader as FixedLengthRecordReader
from tfqueue.ops.reader_ops import IdentityReader as IdentityReader
from tfqueue.ops.reader_ops import TFRecordReader as TFRecordReader
from tfqueue.ops.reduction_ops import argmax as argmax
from tfqueue.ops.reduction_ops import argmin as argmin
from tfqueue.ops.reduction_ops import reduce_all as reduce_all
from tfqueue.ops.reduction_ops import reduce_any as reduce_any
from tfqueue.ops.reduction_ops import reduce_max as reduce_max
from tfqueue.ops.reduction_ops import reduce_mean as reduce_mean
from tfqueue.ops.reduction_ops import reduce_min as reduce_min
from tfqueue.ops.reduction_ops import reduce_prod as reduce_prod
from tfqueue.ops.reduction_ops import reduce_sum as reduce_sum
from tfqueue.ops.script_ops import numpy_function as numpy_function
from tfqueue.ops.script_ops import py_func as py_func
from tfqueue.ops.sequence_ops import parse_sequence_example as parse_sequence_example
from tfqueue.ops.sequence_ops import parse_single_sequence_example as parse_single_sequence_example
from tfqueue.ops.slicing_ops import slice as slice
from tfqueue.ops.slicing_ops import strided_slice as strided_slice
from tfqueue.ops.sparse_ops import (
    convert_to_tensor_or_sparse_tensor as convert_to_tensor_or_sparse_tensor,
)
from tfqueue.ops.sparse_ops import sparse_placeholder as sparse_placeholder
from tfqueue.ops.sparse_ops import sparse_tensor_to_dense as sparse_tensor_to_dense
from tfqueue.ops.sparse_ops import sparse_to_dense as sparse_to_dense
from tfqueue.ops.sparse_ops import string_split as string_split
from tfqueue.ops.string_ops import as_string as as_string
from tfqueue.ops.string_ops import decode_raw as decode_raw
from tfqueue.ops.string_ops import string_join as string_join
from tfqueue.ops.string_ops import string_length as string_length
from tfqueue.ops.string_ops import string_strip as string_strip
from tfqueue.ops.string_ops import string_to_number as string_to_number
from tfqueue.ops.string_ops import substr as substr
from tfqueue.ops.tensor_protos import make_tensor_proto as make_tensor_proto
from tfqueue.ops.variable_lists import global_variables as all_variables
from tfqueue.ops.variable_lists import global_variables as global_variables
from tfqueue.ops.variable_lists import global_variables_initializer as global_variables_initializer
from tfqueue.ops.variable_lists import initialize_all_variables as initialize_all_variables
from tfqueue.ops.variable_lists import initialize_local_variables as initialize_local_variables
from tfqueue.ops.variable_lists import initialize_variables as initialize_variables
from tfqueue.ops.variable_lists import is_variable_initialized as is_variable_initialized
from tfqueue.ops.variable_lists import local_variables as local_variables
from tfqueue.ops.variable_lists import local_variables_initializer as local_variables_initializer
from tfqueue.ops.variable_lists import report_uninitialized_variables as report_uninitialized_variables
from tfqueue.ops.variable_lists import trainable_variables as trainable_variables
from tfqueue.ops.variable_lists import variables_initializer as variables_initializer
from tfqueue.ops.variables import Variable as Variable
from tfqueue.ops.variables import assign as assign
from tfqueue.ops.variables import assign_add as assign_add
from tfqueue.ops.variables import assign_sub as assign_sub
from tfqueue.ops.variables import count_up_to as count_up_to

# A queue without a graph, and how all queues are
from tfqueue.queues.blocking_queue import BlockingQueue as BlockingQueue

# Sessions, and what they are told
from tfqueue.session.config import Config as Config
from tfqueue.session.config import ConfigProto as ConfigProto
from tfqueue.session.config import GPUOptions as GPUOptions
from tfqueue.session.config import GraphOptions as GraphOptions
from tfqueue.session.config import OptimizerOptions as OptimizerOptions
from tfqueue.session.config import RunMetadata as RunMetadata
from tfqueue.session.config import RunOptions as RunOptions
from tfqueue.session.session import InteractiveSession as InteractiveSession
from tfqueue.session.session import Session as Session

# What shows it to the outside
from tfqueue.summaries.monitor import monitor as monitor
from tfqueue.summaries.monitor import watch_environment as _watch_environment
from tfqueue.telemetry.registry import snapshot as snapshot

# What training loops write through
from tfqueue.train import outlets as _outlets

# The namespaces
from . import errors as errors
from . import image as image
from . import io as io
from . import nn as nn
from . import python_io as python_io
from . import queue as queue
from . import staging as staging
from . import strings as strings
from . import summary as summary
from . import train as train

newaxis = None

# A program that is not to be changed is watched when its environment asks for it, from its first queue on.
_watch_environment()

# Training loops import no exporter: the face, which knows both towers, tells them who writes their numbers.
_outlets.install_outlets(
    _outlets.Outlets(
        lambda logdir: summary.FileWriterCache.get_without_graph(logdir),  # noqa: PLW0108 - loaded when called
        monitor,
    )
)

if _TYPE_CHECKING:
    # The same names as in `_LAZY`, for type checkers.
    Event: _Any
    GraphDef: _Any
    HistogramProto: _Any
    LogMessage: _Any
    NodeDef: _Any
    SessionLog: _Any
    Summary: _Any
    SummaryMetadata: _Any
else:
    # Names whose modules are heavy: imported when they are first asked for.
    _LAZY = {
        "Event": "tfqueue.framework.messages",
        "GraphDef": "tfqueue.framework.messages",
        "HistogramProto": "tfqueue.framework.messages",
        "LogMessage": "tfqueue.framework.messages",
        "NodeDef": "tfqueue.framework.messages",
        "SessionLog": "tfqueue.framework.messages",
        "Summary": "tfqueue.framework.messages",
        "SummaryMetadata": "tfqueue.framework.messages",
    }

    def __getattr__(name: str) -> _Any:
        """Imports what is heavy on first use; says the way out where TensorFlow 1 has a name and tfqueue has not."""
        if name not in _LAZY:
            raise _no_attribute(__name__, name)
        return getattr(_importlib.import_module(_LAZY[name]), name)

    def __dir__() -> list[str]:
        return sorted({*globals(), *_LAZY})
