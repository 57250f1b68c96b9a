"""Errors say what, where and by which code, wherever they travel."""

import copy
import pickle
from dataclasses import dataclass

import pytest

import tfqueue as tf
from tfqueue.framework import errors
from tfqueue.framework.errors import OpError, locate
from tfqueue.testing import run_in_thread

CODES = {
    "CANCELLED": 1,
    "UNKNOWN": 2,
    "INVALID_ARGUMENT": 3,
    "DEADLINE_EXCEEDED": 4,
    "NOT_FOUND": 5,
    "ALREADY_EXISTS": 6,
    "PERMISSION_DENIED": 7,
    "RESOURCE_EXHAUSTED": 8,
    "FAILED_PRECONDITION": 9,
    "ABORTED": 10,
    "OUT_OF_RANGE": 11,
    "UNIMPLEMENTED": 12,
    "INTERNAL": 13,
    "UNAVAILABLE": 14,
    "DATA_LOSS": 15,
    "UNAUTHENTICATED": 16,
}
CLASSES = [errors.exception_type_from_error_code(code) for code in CODES.values()]


@dataclass
class FakeOp:
    name: str = "scope/Q_Dequeue"
    node_def: str = "the node"
    defined_at: str = "train.py:7"


class ShardLostError(errors.DataLossError):
    """An error of a user, with a constructor of its own."""

    def __init__(self, shard: int) -> None:
        super().__init__(None, None, f"shard {shard} is lost")


@pytest.mark.parametrize(("name", "code"), CODES.items())
def test_each_code_has_one_class(name, code):
    """Code and class name each other (SEMANTICS 1.6)."""
    assert getattr(errors, name) == code
    error_class = errors.exception_type_from_error_code(code)
    assert errors.error_code_from_exception_type(error_class) == code
    assert error_class.__name__ == name.title().replace("_", "") + "Error"
    assert getattr(tf.errors, error_class.__name__) is error_class


def test_there_is_no_class_for_ok():
    """Code 0 is no error; OpError itself has no code."""
    with pytest.raises(KeyError):
        errors.exception_type_from_error_code(errors.OK)
    with pytest.raises(KeyError):
        errors.error_code_from_exception_type(OpError)


def test_a_derived_class_has_the_code_of_its_base():
    """A user's own error counts as the TensorFlow error that it is derived from."""
    assert errors.error_code_from_exception_type(ShardLostError) == errors.DATA_LOSS


@pytest.mark.parametrize("error_class", CLASSES)
def test_an_error_is_its_message(error_class):
    """`str(e)` is `e.message`, and callers find op, node_def and code (SEMANTICS 103)."""
    op = FakeOp()
    error = error_class(op.node_def, op, "queue is closed")
    assert str(error) == error.message == "queue is closed"
    assert error.op is op
    assert error.node_def == "the node"
    assert error.error_code == errors.error_code_from_exception_type(error_class)


@pytest.mark.parametrize("error_class", CLASSES)
@pytest.mark.parametrize("again", [lambda e: pickle.loads(pickle.dumps(e)), copy.copy, copy.deepcopy])
def test_an_error_pickles(error_class, again):
    """Class, message, code and the op's name travel; the op itself, and with it the graph, stays (SEMANTICS 103)."""
    error = error_class(None, None, "queue is closed")
    locate(error, FakeOp())
    other = again(error)
    assert type(other) is error_class
    assert other.message == str(other) == error.message
    assert other.error_code == error.error_code
    assert other.op.name == "scope/Q_Dequeue"
    assert not isinstance(other.op, FakeOp)
    assert other.node_def is None


def test_an_error_of_no_op_pickles():
    """No op before, no op after."""
    assert pickle.loads(pickle.dumps(errors.AbortedError(None, None, "gone"))).op is None


def test_an_error_pickles_past_its_own_constructor():
    """A derived class with other arguments pickles too."""
    other = pickle.loads(pickle.dumps(ShardLostError(3)))
    assert type(other) is ShardLostError
    assert other.message == "shard 3 is lost"


def test_an_open_error_keeps_its_code():
    """OpError itself takes any code, and keeps it."""
    assert pickle.loads(pickle.dumps(OpError(None, None, "odd", 77))).error_code == 77


def test_an_error_is_located_once():
    """The first op named stays at fault, and the message names it once."""
    error = errors.OutOfRangeError(None, None, "end of input")
    locate(error, FakeOp())
    locate(error, FakeOp("another", "node", "other.py:1"))
    assert error.op.name == "scope/Q_Dequeue"
    assert error.node_def == "the node"
    assert error.message == "end of input\n\t [[node scope/Q_Dequeue (defined at train.py:7)]]"


def test_threads_that_share_an_error_locate_it_once():
    """One error that ends several attempts names one op, whichever thread comes first."""
    error = errors.CancelledError(None, None, "called off")
    for call in [run_in_thread(locate, error, FakeOp(f"op_{i}")) for i in range(8)]:
        call.result()
    assert error.message.count("[[node") == 1
    assert error.op.name in error.message
