"""A queue with no graph: one thread puts numbers in, the main thread takes them out, and the queue tells how it was."""

import threading

import tfqueue as tf

queue = tf.BlockingQueue(capacity=4, name="numbers")


def produce() -> None:
    for number in range(10):
        queue.enqueue(number)  # waits while the queue is full
    queue.close()  # what is in the queue can still be taken


producer = threading.Thread(target=produce)
producer.start()

total = 0
try:
    while True:
        total += queue.dequeue()  # waits while the queue is empty
except tf.errors.OutOfRangeError as end:
    print("end of input:", end)
producer.join()

stats = queue.stats()
print("sum of what came out:", total)
print(f"in {stats.enqueued_elements}, out {stats.dequeued_elements}, left {stats.size}, closed {stats.closed}")
print(f"waited for room  {stats.enqueue.blocked_seconds:.6f} s")
print(f"waited for input {stats.dequeue.blocked_seconds:.6f} s")
print(f"mean fullness    {stats.mean_fraction_full:.2f}")
