"""Work that is itself the record."""

from .base import Reader, Record


class IdentityReader(Reader):
    """Each piece of work is one record: the work, twice. Nothing is opened."""

    keeps_state = True

    def __init__(self, name: str = "identity_reader") -> None:
        super().__init__(name, "IdentityReader")

    def _open(self, work: bytes) -> None:
        """Nothing to open."""

    def _next(self, work: bytes) -> Record | None:
        return work, work

    def _is_finished(self) -> bool:
        return True

    def _close(self) -> None:
        """Nothing to let go of."""
