"""The gotchas of the slides "TensorFlow Queues And Input Pipelines": what takes an element, and how many."""

import tfqueue as tf

# Where did the extra images go? The summary is computed from an image, so each run of it takes one.
numbers = tf.train.range_input_producer(100, shuffle=False)
image = tf.fill([2, 2], numbers.dequeue())
y_label = tf.placeholder(tf.int32)
train_step = tf.reduce_max(image) + y_label
merged = tf.summary.merge([tf.summary.scalar("image", tf.reduce_max(image))])

coord = tf.train.Coordinator()
with tf.Session() as sess:
    threads = tf.train.start_queue_runners(coord=coord)
    for step in range(5):
        loss_value = sess.run(train_step, feed_dict={y_label: 0})
        summary_str = sess.run(merged, feed_dict={y_label: 0})
        print(f"step {step}: trained on image {loss_value}")
    print("the writer took the images between; the next is", sess.run(numbers.dequeue()))
    # Both in one run see the same image.
    loss_value, summary_str = sess.run([train_step, merged], feed_dict={y_label: 0})
    print("trained on and wrote image", loss_value)
    coord.request_stop()
    coord.join(threads)

# One run takes one element an op, however often the op is fetched.
tf.reset_default_graph()
ranges = tf.train.range_input_producer(shuffle=False)
number = ranges.dequeue()
coord = tf.train.Coordinator()
with tf.Session() as sess:
    threads = tf.train.start_queue_runners(coord=coord)
    print("one op, three times:        ", [int(n) for n in sess.run([number] * 3)])
    print("one op, written differently:", [int(n) for n in sess.run([ranges.dequeue()] * 3)])
    print("three ops:                  ", sorted(sess.run([ranges.dequeue(), ranges.dequeue(), ranges.dequeue()])))
    print("or simply dequeue_many(3):  ", sess.run(ranges.dequeue_many(3)))
    coord.request_stop()
    coord.join(threads)
