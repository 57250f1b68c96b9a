"""The queue examples of the slides "TensorFlow Queues And Input Pipelines": one thread, two threads, a full queue."""

import threading

import tfqueue as tf

# One thread: what goes in can be counted, and a closed queue still gives out what it holds.
q = tf.FIFOQueue(capacity=20, dtypes=[tf.int32])
enqueue_placeholder = tf.placeholder(tf.int32)
enqueue_op = q.enqueue(enqueue_placeholder)
number = q.dequeue()
sess = tf.Session()
for i in range(10):
    sess.run(enqueue_op, feed_dict={enqueue_placeholder: i})
    print("Queue size is now: " + str(sess.run(q.size())))
sess.run(q.close())
print("left inside:", [int(sess.run(number)) for _ in range(10)])
try:
    sess.run(number)
except tf.errors.OutOfRangeError as error:
    print("then:", error.message.splitlines()[0])
sess.close()

# Two threads: five elements from each.
random_number = tf.random_uniform(shape=())
q = tf.FIFOQueue(capacity=20, dtypes=[tf.float32])
enqueue_op = q.enqueue(random_number)
sess = tf.Session()
print("size before:", sess.run(q.size()))


def run():
    for _ in range(5):
        sess.run(enqueue_op)


threads = [threading.Thread(target=run) for _ in range(2)]
for thread in threads:
    thread.start()
print("size meanwhile:", sess.run(q.size()))
for thread in threads:
    thread.join()
print("size after:", sess.run(q.size()))
sess.close()

# A full queue makes an enqueue wait, for ever unless the session has a time-out.
q = tf.FIFOQueue(capacity=2, dtypes=[tf.int32])
sess = tf.Session(tf.Config(operation_timeout_in_ms=200))
sess.run([q.enqueue(1), q.enqueue(2)])
try:
    sess.run(q.enqueue(3))
except tf.errors.DeadlineExceededError as error:
    print("full:", error.message.splitlines()[0])
print("the queue works on:", sess.run(q.dequeue()), sess.run(q.dequeue()))
sess.close()
