"""Order and storage: what a queue relies on."""

from hypothesis import given
from hypothesis import strategies as st

from tfqueue.queues.blocking_queue import BlockingQueue
from tfqueue.queues.disciplines import FIFO, RandomShuffle


@given(st.lists(st.integers()))
def test_a_fifo_gives_back_what_it_was_given_in_order(elements):
    """And what is put back, last first, leaves next in its old order."""
    discipline = FIFO()
    for element in elements:
        discipline.push(element)
    taken = [discipline.pop() for _ in elements]
    for element in reversed(taken):
        discipline.put_back(element)
    assert [discipline.pop() for _ in elements] == elements


@given(st.lists(st.integers()), st.integers())
def test_a_shuffle_gives_every_element_once(elements, seed):
    """Nothing lost, nothing doubled, whatever the seed."""
    discipline = RandomShuffle(0, seed)
    for element in elements:
        discipline.push(element)
    assert sorted(discipline.pop() for _ in elements) == sorted(elements)
    assert len(discipline.items) == 0


@given(st.data())
def test_any_sequence_of_started_operations_conserves_elements(data):
    """Starts, cancels and closes in any order: enqueued = dequeued + cancelled + size + held, and order is kept."""
    capacity = data.draw(st.integers(1, 4))
    queue = BlockingQueue(capacity)
    pending, received, number = [], [], 0
    for action in data.draw(st.lists(st.sampled_from("eEdDucC"), max_size=30)):
        if queue.is_closed() and action in "eEC":
            continue
        if action in "eE":
            count = 1 if action == "e" else 3
            pending.append(queue.start_enqueue_many(range(number, number + count)))
            number += count
        elif action in "dDu":
            start = {"d": queue.start_dequeue_many, "D": queue.start_dequeue_many, "u": queue.start_dequeue_up_to}
            if queue.is_closed():
                continue
            result = start[action](1 if action == "d" else 2)
            pending.append(result) if not isinstance(result, list) else received.extend(result)
        elif action == "c":
            for attempt in pending[-1:]:
                if attempt is not None and attempt.operation == "dequeue" and attempt.cancel():
                    pending.pop()
        else:
            pending.append(queue.start_close())
        stats = queue.stats()
        moved = stats.dequeued_elements + stats.cancelled_elements + stats.size + stats.held_elements
        assert stats.enqueued_elements == moved
        assert stats.size <= capacity
        assert not (stats.size and stats.dequeue.blocked_threads)
        assert not (stats.size < capacity and not stats.closed and stats.enqueue.blocked_threads)
