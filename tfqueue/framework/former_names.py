"""Names of TensorFlow 0.x and 1.x that are not here, and the way out for each: what the faces say when they are asked.

Invariants:
  - no name of the table exists in tfqueue: a name that means the same thing is given as it is, never explained;
  - names are spelled as a user spells them after `tf.`.
"""

from collections.abc import Mapping
from types import MappingProxyType

_PYTHON_IF = (
    "the graph does not branch. Run the condition in a session and use Python's `if`; "
    "or use tf.where(condition, x, y), which computes both; or tf.py_func"
)
_PYTHON_LOOP = "the graph has no loops. Loop in Python around session.run, or inside a function given to tf.py_func"
_VARIABLE = "use tf.Variable(initial_value, name=...): each call makes a variable, none is shared by its name"
_SAVE = "variables are not written to disk. Keep what session.run(tf.global_variables()) returns, with numpy.savez"
_LEARN = "there are no gradients. Take batches with session.run, and learn from them in NumPy or another library"
_PRINT = "use tf.py_func with a function that prints its arguments and returns what is to go on"
_ALWAYS_GRAPH = "remove this line, there is nothing to switch: tfqueue is TensorFlow 1's graphs and sessions"
_DATA = "use queues: tf.train.string_input_producer and tf.train.batch, or tf.FIFOQueue and tf.train.QueueRunner"

ADVICE: Mapping[str, str] = MappingProxyType(
    {
        # Renamed in TensorFlow 1.0
        "pack": "use tf.stack",
        "unpack": "use tf.unstack",
        "mul": "use tf.multiply",
        "sub": "use tf.subtract",
        "neg": "use tf.negative",
        "inv": "use 1 / x",
        "reciprocal": "use 1 / x",
        "select": "use tf.where(condition, x, y)",
        "batch_matmul": "use tf.matmul, which takes batches too",
        "complex_abs": "use tf.abs",
        "listdiff": "use tf.py_func with numpy.setdiff1d",
        "setdiff1d": "use tf.py_func with numpy.setdiff1d",
        "arg_max": "use tf.argmax(input, axis)",
        "arg_min": "use tf.argmin(input, axis)",
        "op_scope": "use tf.name_scope(name, default_name, values), in that order",
        # Summaries
        "scalar_summary": "use tf.summary.scalar(name, tensor): the tag is a name now, one string and unique",
        "histogram_summary": "use tf.summary.histogram(name, values): the tag is a name now, one string and unique",
        "image_summary": "use tf.summary.image(name, tensor, max_outputs=3)",
        "audio_summary": "use tf.summary.audio(name, tensor, sample_rate, max_outputs=3)",
        "merge_summary": "use tf.summary.merge(inputs)",
        "merge_all_summaries": "use tf.summary.merge_all()",
        "train.SummaryWriter": "use tf.summary.FileWriter(logdir, graph)",
        "train.SummaryWriterCache": "use tf.summary.FileWriterCache",
        "train.write_graph": "use tf.summary.FileWriter(logdir, graph), which writes the graph for TensorBoard",
        # Control flow
        "cond": _PYTHON_IF,
        "case": _PYTHON_IF,
        "while_loop": _PYTHON_LOOP,
        "map_fn": _PYTHON_LOOP,
        "scan": _PYTHON_LOOP,
        "foldl": _PYTHON_LOOP,
        "foldr": _PYTHON_LOOP,
        "Print": _PRINT,
        "print": _PRINT,
        "assert_equal": "use tf.Assert(tf.reduce_all(tf.equal(x, y)), [x, y])",
        "accumulate_n": "use tf.add_n",
        # Variables and learning
        "get_variable": _VARIABLE,
        "get_local_variable": "use tf.Variable(initial_value, collections=[tf.GraphKeys.LOCAL_VARIABLES])",
        "variable_scope": "use tf.name_scope for names; variables are made by tf.Variable, none is shared by its name",
        "variable_op_scope": "use tf.name_scope for names; variables are made by tf.Variable",
        "gradients": _LEARN,
        "layers": _LEARN,
        "losses": _LEARN,
        "keras": _LEARN,
        "estimator": _LEARN,
        "train.Optimizer": _LEARN,
        "train.GradientDescentOptimizer": _LEARN,
        "train.MomentumOptimizer": _LEARN,
        "train.AdagradOptimizer": _LEARN,
        "train.AdamOptimizer": _LEARN,
        "train.RMSPropOptimizer": _LEARN,
        "train.Saver": _SAVE,
        "train.CheckpointSaverHook": _SAVE,
        "train.latest_checkpoint": _SAVE,
        "train.Supervisor": "use tf.train.MonitoredTrainingSession, which starts the queue runners and ends them too",
        # The rest of the framework
        "data": _DATA,
        "contrib": "use what came of it under tf.train, tf.image and tf.summary; the rest of contrib is not provided",
        "app": "call your own main(), and read the command line with argparse",
        "flags": "use argparse",
        "logging": "use Python's logging",
        "gfile": "use open(), pathlib and glob; inside the graph tf.read_file and tf.matching_files",
        "disable_v2_behavior": _ALWAYS_GRAPH,
        "disable_eager_execution": _ALWAYS_GRAPH,
        "enable_eager_execution": "run the graph in a tf.Session; tf.BlockingQueue is a queue without a graph",
    }
)


def no_attribute(module: str, name: str) -> AttributeError:
    """The error of a face, such as `tfqueue.train`, that lacks a name; it says the way out where there is one."""
    words = f"module {module!r} has no attribute {name!r}"
    spelled = f"{module}.{name}".split(".", 1)[1]
    return AttributeError(f"{words}: {ADVICE[spelled]}." if spelled in ADVICE else words)
