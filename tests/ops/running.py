"""What the tests of ops share: one run in a session of its own, and constants by a short name."""

from typing import Any

import numpy as np

from tfqueue.ops.constant_op import constant
from tfqueue.session.session import Session

__all__ = ["agree", "constant", "dtype_of", "run", "sizes"]


def run(fetches: Any, feed_dict: Any = None) -> Any:
    """One run in a session of its own."""
    with Session() as session:
        return session.run(fetches, feed_dict)


def sizes(tensor: Any) -> list[int | None] | None:
    """A static shape as a list, None when the rank is unknown."""
    return None if tensor.shape.ndims is None else tensor.shape.as_list()


def dtype_of(value: Any) -> np.dtype:
    """The dtype of what a run gave."""
    return np.asarray(value).dtype


def agree(got: Any, expected: Any, tolerance: float = 0.0) -> None:
    """Same dtype, same shape, same values up to `tolerance` of the greatest (or of 1)."""
    got, expected = np.asarray(got), np.asarray(expected)
    assert (got.dtype, got.shape) == (expected.dtype, expected.shape)
    if tolerance:
        scale = max(1.0, float(np.abs(expected).max(initial=0)))
        np.testing.assert_allclose(got, expected, rtol=0, atol=tolerance * scale)
    else:
        np.testing.assert_array_equal(got, expected)
