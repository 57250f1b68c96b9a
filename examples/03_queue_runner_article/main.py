"""The programs of the article "TensorFlow's QueueRunner": used directly, made by a producer, and with its summary."""

import tempfile

from tensorboardX.proto.summary_pb2 import Summary

import tfqueue as tf

session = tf.Session()

# A QueueRunner used directly
queue = tf.FIFOQueue(capacity=10, dtypes=[tf.float32])
random_value_to_enqueue = tf.random_normal([])  # shape=[] means a single value
enqueue_op = queue.enqueue(random_value_to_enqueue)
random_value_from_queue = queue.dequeue()
queue_runner = tf.train.QueueRunner(queue, [enqueue_op])
coordinator = tf.train.Coordinator()
threads = queue_runner.create_threads(session, coord=coordinator, start=True)
print("threads:", len(threads))
print("a value:", session.run(random_value_from_queue))
print("another:", session.run(random_value_from_queue))
coordinator.request_stop()
coordinator.join(threads)

# A QueueRunner made by a producer
queue = tf.train.string_input_producer(["a", "b", "c", "d"])
letter_from_queue = queue.dequeue()
print("collected:", tf.get_collection("queue_runners"))
coordinator.clear_stop()
threads = tf.train.start_queue_runners(sess=session, coord=coordinator)
for epoch in (1, 2):
    print(f"letters of epoch {epoch}, sorted:", *sorted(session.run(letter_from_queue) for _ in "abcd"))

# One epoch
queue = tf.train.string_input_producer(["a", "b", "c", "d"], shuffle=False, num_epochs=1)
letter_from_queue = queue.dequeue()
initializer = tf.local_variables_initializer()
session.run(initializer)
threads = tf.train.start_queue_runners(sess=session, coord=coordinator)
print("letters of the only epoch:", *(session.run(letter_from_queue) for _ in "abcd"))
try:
    session.run(letter_from_queue)
except tf.errors.OutOfRangeError as error:
    print("OutOfRangeError:", error.message.splitlines()[0])
coordinator.request_stop()
coordinator.join()
session.close()

# The automatic summary
tf.reset_default_graph()
session = tf.Session()
queue = tf.train.string_input_producer(["a", "b", "c", "d"], shuffle=False, capacity=4, num_epochs=1)
letter_from_queue = queue.dequeue()
summaries = tf.summary.merge_all()
summary_writer = tf.summary.FileWriter(tempfile.mkdtemp(prefix="logs"))
initializer = tf.local_variables_initializer()
session.run(initializer)
coordinator = tf.train.Coordinator()
threads = tf.train.start_queue_runners(sess=session, coord=coordinator)
threads[0].join()  # the only epoch is in the queue
for i in range(5):
    serialized = session.run(summaries)
    summary_writer.add_summary(serialized, i)
    (value,) = Summary.FromString(serialized).value
    print(f"{value.tag} at step {i}: {value.simple_value}")
    if i < 4:
        session.run(letter_from_queue)
summary_writer.close()
coordinator.request_stop()
coordinator.join(threads)
session.close()
print("tensorboard --logdir", summary_writer.get_logdir())
