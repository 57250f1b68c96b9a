"""What runs a pipeline: coordinator, queue runners, input producers, batchers. The face `tf.train`."""

from .batching import batch as batch
from .batching import shuffle_batch as shuffle_batch
from .coordinator import Coordinator as Coordinator
from .input_producers import input_producer as input_producer
from .input_producers import limit_epochs as limit_epochs
from .input_producers import range_input_producer as range_input_producer
from .input_producers import slice_input_producer as slice_input_producer
from .input_producers import string_input_producer as string_input_producer
from .looper_thread import LooperThread as LooperThread
from .queue_runner import QueueRunner as QueueRunner
from .queue_runner import add_queue_runner as add_queue_runner
from .queue_runner import start_queue_runners as start_queue_runners
from .queue_runner_def import QueueRunnerDef as QueueRunnerDef
