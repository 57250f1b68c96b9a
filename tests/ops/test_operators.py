"""Operators between tensors: what they mean, what their ops are called, and that `==` stays identity."""

import operator
from typing import Any

import numpy as np
import pytest

import tfqueue as tf
from tests.ops.running import agree, constant, run

FLOATS = np.array([-7.5, 2.0, 3.0], np.float32)


@pytest.mark.parametrize(
    ("operate", "name"),
    [
        (operator.add, "add"),
        (operator.sub, "sub"),
        (operator.mul, "mul"),
        (operator.truediv, "truediv"),
        (operator.floordiv, "floordiv"),
        (operator.mod, "mod"),
        (operator.pow, "pow"),
    ],
)
def test_arithmetic_both_ways_round(operate: Any, name: str) -> None:
    """`tensor op number`, `number op tensor` and `array op tensor` are NumPy's, under TensorFlow's op names."""
    positive = np.abs(FLOATS)
    x = constant(positive)
    forward, backward, with_array = operate(x, 2.0), operate(2.0, x), operate(positive, x)
    assert [tensor.name for tensor in (forward, backward, with_array)] == [f"{name}:0", f"{name}_1:0", f"{name}_2:0"]
    values = run([forward, backward, with_array])
    agree(values[0], operate(positive, np.float32(2)), 1e-6)
    agree(values[1], operate(np.float32(2), positive), 1e-6)
    agree(values[2], operate(positive, positive), 1e-6)


@pytest.mark.parametrize("compare", [operator.lt, operator.le, operator.gt, operator.ge])
def test_comparisons(compare: Any) -> None:
    """Element by element, bool; a number may stand on either side."""
    x = constant(FLOATS)
    agree(run(compare(x, 2.0)), compare(FLOATS, 2.0))
    agree(run(compare(2.0, x)), compare(2.0, FLOATS))


def test_signs_and_matrices() -> None:
    """Unary minus, abs, and `@` on both sides."""
    x, square = constant(FLOATS), np.arange(4, dtype=np.float32).reshape(2, 2)
    agree(run(-x), -FLOATS)
    agree(run(abs(x)), np.abs(FLOATS))
    agree(run(constant(square) @ square), square @ square)
    agree(run(square @ constant(square)), square @ square)


def test_logic() -> None:
    """`&`, `|`, `^`, `~` between truth values; numbers are refused."""
    x, y = constant([True, True, False]), constant([True, False, False])
    for tensor, expected in (
        (x & y, [True, False, False]),
        (x | y, [True, True, False]),
        (x ^ y, [False, True, False]),
        (~x, [False, False, True]),
        (True & y, [True, False, False]),
    ):
        agree(run(tensor), np.array(expected))
    for operate in (operator.and_, operator.or_, operator.xor):
        with pytest.raises(TypeError, match="is between bool tensors, got int32"):
            operate(constant([1]), 1)


def test_equality_is_identity() -> None:
    """Tensors serve as keys: equal to themselves alone, whatever they hold."""
    x, y = constant(1), constant(1)
    same = x
    assert x == same
    assert x != y
    assert {x: "x", y: "y"}[x] == "x"


def test_the_scope_of_an_operator_holds_its_constant() -> None:
    """`x + 1` makes `add` and `add/y`, as TensorFlow names them."""
    x = constant([1.0])
    total = x + 1
    assert [tensor.name for tensor in total.op.inputs] == ["Const:0", "add/y:0"]
    assert (1 + x).op.inputs[0].name == "add_1/x:0"


def test_operators_work_in_the_tensors_own_graph() -> None:
    """Not in whatever graph is the default just then."""
    with tf.Graph().as_default() as graph:
        x = constant([1.0])
    assert (x + 1).graph is graph
    assert x[0].graph is graph
