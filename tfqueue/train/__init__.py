"""What runs a pipeline: coordinator, queue runners, input producers, batchers, monitored
sessions and their hooks. The face `tf.train`.

`Example` and the messages it is made of come when they are asked for: they need protobuf.
"""

from typing import TYPE_CHECKING as _TYPE_CHECKING
from typing import Any as _Any

from tfqueue.framework import messages as _messages
from tfqueue.framework.former_names import no_attribute as _no_attribute

from .batching import batch as batch
from .batching import batch_join as batch_join
from .batching import shuffle_batch as shuffle_batch
from .batching import shuffle_batch_join as shuffle_batch_join
from .coordinator import Coordinator as Coordinator
from .feeding_hooks import FeedFnHook as FeedFnHook
from .feeding_hooks import FinalOpsHook as FinalOpsHook
from .global_step import assert_global_step as assert_global_step
from .global_step import create_global_step as create_global_step
from .global_step import get_global_step as get_global_step
from .global_step import get_or_create_global_step as get_or_create_global_step
from .global_step import global_step as global_step
from .hook_timers import SecondOrStepTimer as SecondOrStepTimer
from .input_producers import input_producer as input_producer
from .input_producers import limit_epochs as limit_epochs
from .input_producers import match_filenames_once as match_filenames_once
from .input_producers import range_input_producer as range_input_producer
from .input_producers import slice_input_producer as slice_input_producer
from .input_producers import string_input_producer as string_input_producer
from .logging_hook import LoggingTensorHook as LoggingTensorHook
from .looper_thread import LooperThread as LooperThread
from .maybe_batching import maybe_batch as maybe_batch
from .maybe_batching import maybe_batch_join as maybe_batch_join
from .maybe_batching import maybe_shuffle_batch as maybe_shuffle_batch
from .maybe_batching import maybe_shuffle_batch_join as maybe_shuffle_batch_join
from .monitored_session import MonitoredSession as MonitoredSession
from .monitored_session import SingularMonitoredSession as SingularMonitoredSession
from .profiler_hook import ProfilerHook as ProfilerHook
from .queue_runner import QueueRunner as QueueRunner
from .queue_runner import add_queue_runner as add_queue_runner
from .queue_runner import start_queue_runners as start_queue_runners
from .queue_runner_def import QueueRunnerDef as QueueRunnerDef
from .scaffold import Scaffold as Scaffold
from .session_creators import ChiefSessionCreator as ChiefSessionCreator
from .session_creators import SessionCreator as SessionCreator
from .session_creators import WorkerSessionCreator as WorkerSessionCreator
from .session_manager import SessionManager as SessionManager
from .session_run_hook import SessionRunArgs as SessionRunArgs
from .session_run_hook import SessionRunContext as SessionRunContext
from .session_run_hook import SessionRunHook as SessionRunHook
from .session_run_hook import SessionRunValues as SessionRunValues
from .stopping_hooks import GlobalStepWaiterHook as GlobalStepWaiterHook
from .stopping_hooks import NanLossDuringTrainingError as NanLossDuringTrainingError
from .stopping_hooks import NanTensorHook as NanTensorHook
from .stopping_hooks import StopAtStepHook as StopAtStepHook
from .summary_hooks import StepCounterHook as StepCounterHook
from .summary_hooks import SummarySaverHook as SummarySaverHook
from .summary_iterator import summary_iterator as summary_iterator
from .training_session import MonitoredTrainingSession as MonitoredTrainingSession

if _TYPE_CHECKING:
    # The same names as in `_EXAMPLES`, for type checkers.
    BytesList: _Any
    Example: _Any
    Feature: _Any
    FeatureList: _Any
    FeatureLists: _Any
    Features: _Any
    FloatList: _Any
    Int64List: _Any
    SequenceExample: _Any
else:
    _EXAMPLES = {
        "BytesList",
        "Example",
        "Feature",
        "FeatureList",
        "FeatureLists",
        "Features",
        "FloatList",
        "Int64List",
        "SequenceExample",
    }

    def __getattr__(name: str) -> _Any:
        """Makes the messages on first use; says the way out where TensorFlow 1 has a name and tfqueue has not."""
        if name not in _EXAMPLES:
            raise _no_attribute(__name__, name)
        return getattr(_messages, name)

    def __dir__() -> list[str]:
        return sorted({*globals(), *_EXAMPLES})
