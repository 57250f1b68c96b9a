import tempfile
from pathlib import Path

import tfqueue as tf
from tfqueue.demo.classifier import SoftmaxClassifier
from tfqueue.demo.photographs import cut_photographs

folder = Path(tempfile.mkdtemp())
photographs = cut_photographs(folder / "photographs")  # JPEG files on disk, cut from two photographs

# file names -> bytes: the first queue comes with its runner, the second gets one of its own
file, label = tf.train.slice_input_producer(
    [photographs.train_files, photographs.train_labels], seed=1, name="filenames"
)
encoded = tf.FIFOQueue(64, [tf.string, tf.int32], shapes=[[], []], name="encoded")
tf.train.add_queue_runner(tf.train.QueueRunner(encoded, [encoded.enqueue([tf.read_file(file), label])]))

# bytes -> augmented picture -> shuffled batches, in two threads
contents, label = encoded.dequeue()
image = tf.image.decode_jpeg(contents, channels=3)
image = tf.random_crop(image, [96, 96, 3], seed=1)
image = tf.image.random_flip_left_right(image)
image = tf.image.random_brightness(tf.cast(image, tf.float32), max_delta=63.0)
image = tf.image.random_contrast(image, lower=0.5, upper=1.5)
image = tf.image.per_image_whitening(image)
images, labels = tf.train.shuffle_batch([image, label], 32, 256, 128, num_threads=2, name="batches")

classifier = SoftmaxClassifier(labels=len(photographs.labels))
with tf.monitor(logdir=folder / "logs", port=0) as watch, tf.Session() as session:
    print(f"tensorboard --logdir {watch.logdir}, {watch.url}metrics")
    coordinator = tf.train.Coordinator()
    threads = tf.train.start_queue_runners(session, coordinator)
    for step in range(1, 61):
        loss = classifier.learn(*session.run([images, labels]))
        if step in {1, 60}:
            print(f"batch {step:2}: loss {loss:.3f}")
    snapshot = tf.snapshot()
    coordinator.request_stop()
    coordinator.join(threads)

for queue in snapshot.queues:
    print(f"queue {queue.name}: {queue.mean_fraction_full:.0%} full on the average")
for stage in snapshot.stages:
    busy, starved, backpressured = stage.shares
    print(f"stage {stage.name}: busy {busy:.0%}, starved {starved:.0%}, backpressured {backpressured:.0%}")
