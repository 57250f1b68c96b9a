"""Who else has an array: which inputs and fetches of a plan must be copied (ARCHITECTURE decision 4).

Invariants:
  - what an op keeps beyond the step is nobody else's: not the user's who fed it, not another op's, not a fetch's;
  - what a user fetches is not what an op goes on holding;
  - what only one op made and only one takes is never copied.

Tensors that may share memory form a group: ops with `aliases` join their inputs and outputs. Others may read what an op
stores, for nobody writes to it. But an op that both stores and keeps may be a user's function, which does as it likes:
it gets what nobody else uses in any way.
"""

from collections import Counter
from collections.abc import Collection, Sequence

from tfqueue.framework import dtypes
from tfqueue.graph.op_def import op_def
from tfqueue.graph.operation import Operation, Tensor


class Sharing:
    """The groups of one plan, and who holds and takes them."""

    __slots__ = ("_fed", "_held", "_kept", "_parents", "_readers", "_stored", "_takers")

    def __init__(self, ops: Sequence[Operation], fed: Collection[Tensor], fetched: Collection[Tensor]) -> None:
        self._fed = frozenset(fed)
        self._parents: dict[Tensor, Tensor] = {}
        for op in ops:
            if op_def(op.type).aliases:
                self._join_op(op)
        self._kept = {self._group(tensor) for op in ops if op_def(op.type).keeps for tensor in self._made_by(op)}
        self._held = self._kept | {self._group(tensor) for tensor in fed}
        stored = [tensor for op in ops if op_def(op.type).stores for tensor in op.inputs]
        read = [tensor for op in ops if not op_def(op.type).aliases for tensor in op.inputs]
        self._stored = {self._group(tensor) for tensor in stored}
        self._takers = Counter(self._group(tensor) for tensor in [*fetched, *stored])
        self._readers = Counter(self._group(tensor) for tensor in [*fetched, *read])

    def positions_to_copy(self, op: Operation) -> list[int]:
        """Which inputs of an op that stores them must be copied for it. Fed ones that `may_be_owned` need not be."""
        definition = op_def(op.type)
        if not definition.stores:
            return []
        users = self._readers if definition.keeps else self._takers
        return [
            position
            for position, tensor in enumerate(op.inputs)
            if tensor.dtype != dtypes.resource and self._must_copy(tensor, users)
        ]

    def may_be_owned(self, tensor: Tensor) -> bool:
        """Whether a fed tensor is stored by one op and not used otherwise: a copy is then best made when it is fed."""
        group = self._group(tensor)
        return group in self._stored and self._readers[group] == 1 and tensor not in self._parents

    def fetch_must_copy(self, tensor: Tensor) -> bool:
        """Whether an op goes on holding what is fetched."""
        return self._group(tensor) in self._kept

    def _must_copy(self, tensor: Tensor, users: Counter[Tensor]) -> bool:
        group = self._group(tensor)
        if tensor in self._fed and self.may_be_owned(tensor):
            return False
        return group in self._held or users[group] > 1

    def _made_by(self, op: Operation) -> list[Tensor]:
        return [tensor for tensor in op.outputs if tensor not in self._fed]

    def _join_op(self, op: Operation) -> None:
        for output in self._made_by(op):
            # What shares memory has one dtype: positions and sizes are not joined to the values they are for.
            for tensor in [each for each in op.inputs if each.dtype == output.dtype]:
                one, other = self._group(output), self._group(tensor)
                # Both get a parent, so that being alone in a group can be seen by having none.
                self._parents[one] = self._parents[other] = other

    def _group(self, tensor: Tensor) -> Tensor:
        while (parent := self._parents.get(tensor, tensor)) is not tensor:
            tensor = parent
        return tensor
