import argparse
import os
import time

import numpy as np

import tfqueue as tf

IMAGE_SIZE = 24  # of what the model sees; the pictures in the files are larger
NUM_CLASSES = 5
NUM_EXAMPLES_PER_EPOCH_FOR_TRAIN = 1600
NUM_EXAMPLES_PER_EPOCH_FOR_EVAL = 400
NUM_PREPROCESS_THREADS = 16
LEARNING_RATE = 0.01


# The input pipeline


def read_cifar10(filename_queue):
    """The next record of the files: its key, label (int32 [1]) and picture (uint8 [32, 32, 3])."""
    label_bytes, height, width, depth = 1, 32, 32, 3
    image_bytes = height * width * depth
    reader = tf.FixedLengthRecordReader(record_bytes=label_bytes + image_bytes)
    key, value = reader.read(filename_queue)

    record = tf.decode_raw(value, tf.uint8)
    label = tf.cast(tf.strided_slice(record, [0], [label_bytes]), tf.int32)
    label.set_shape([1])
    planes = tf.reshape(tf.slice(record, [label_bytes], [image_bytes]), [depth, height, width])
    return key, label, tf.transpose(planes, [1, 2, 0])


def distort(image):
    """A random part of the picture, mirrored or not, in another light."""
    image = tf.random_crop(image, [IMAGE_SIZE, IMAGE_SIZE, 3])
    image = tf.image.random_flip_left_right(image)
    image = tf.image.random_brightness(image, max_delta=63)
    return tf.image.random_contrast(image, lower=0.2, upper=1.8)


def make_batches(image, label, min_queue_examples, batch_size, shuffle):
    """Batches of pictures (float32 [batch, 24, 24, 3]) and labels (int32 [batch]), and a summary that shows some."""
    image.set_shape([IMAGE_SIZE, IMAGE_SIZE, 3])
    if shuffle:
        images, labels = tf.train.shuffle_batch(
            [image, label],
            batch_size=batch_size,
            num_threads=NUM_PREPROCESS_THREADS,
            capacity=min_queue_examples + 3 * batch_size,
            min_after_dequeue=min_queue_examples,
        )
    else:
        images, labels = tf.train.batch(
            [image, label],
            batch_size=batch_size,
            num_threads=NUM_PREPROCESS_THREADS,
            capacity=min_queue_examples + 3 * batch_size,
        )
    tf.summary.image("images", images)
    return images, tf.reshape(labels, [batch_size])


def distorted_inputs(data_dir, batch_size):
    """Shuffled batches for training."""
    filenames = [os.path.join(data_dir, f"data_batch_{number}.bin") for number in range(1, 6)]
    for filename in filenames:
        if not os.path.exists(filename):
            raise ValueError(f"Failed to find file: {filename}")
    with tf.name_scope("data_augmentation"):
        _, label, image = read_cifar10(tf.train.string_input_producer(filenames))
        image = tf.image.per_image_standardization(distort(tf.cast(image, tf.float32)))
    min_queue_examples = int(NUM_EXAMPLES_PER_EPOCH_FOR_TRAIN * 0.4)
    print(f"Filling queue with {min_queue_examples} images before starting to train.")
    return make_batches(image, label, min_queue_examples, batch_size, shuffle=True)


def inputs(data_dir, batch_size):
    """Batches for evaluation: the middle of each picture, each picture once."""
    filename_queue = tf.train.string_input_producer([os.path.join(data_dir, "test_batch.bin")], num_epochs=1)
    _, label, image = read_cifar10(filename_queue)
    image = tf.image.resize_image_with_crop_or_pad(tf.cast(image, tf.float32), IMAGE_SIZE, IMAGE_SIZE)
    image = tf.image.per_image_standardization(image)
    min_queue_examples = int(NUM_EXAMPLES_PER_EPOCH_FOR_EVAL * 0.4)
    return make_batches(image, label, min_queue_examples, batch_size, shuffle=False)


# The model: one layer on the colour and the roughness of each tile of 4 x 4 pixels


def inference(images, weights, biases):
    """The features of each picture, and a logit for each class (float32 [batch, NUM_CLASSES])."""
    batch_size = images.get_shape().as_list()[0]
    side = IMAGE_SIZE // 4
    tiles = tf.reshape(images, [batch_size, side, 4, side, 4, 3])
    colours = tf.reduce_mean(tiles, [2, 4])
    texture = tf.reduce_mean(tf.abs(tiles - tf.reshape(colours, [batch_size, side, 1, side, 1, 3])), [2, 4])
    features = tf.reshape(tf.concat([colours, texture], 3), [batch_size, -1])
    return features, tf.matmul(features, weights) + biases


def train_op_of(features, logits, labels, weights, biases, global_step):
    """The mean cross entropy, and an op that takes one step down its slope."""
    targets = tf.one_hot(labels, NUM_CLASSES)
    loss = -tf.reduce_mean(tf.reduce_sum(targets * tf.nn.log_softmax(logits), 1), name="loss")
    slope = (tf.nn.softmax(logits) - targets) / tf.cast(tf.shape(labels)[0], tf.float32)
    with tf.control_dependencies([loss]):
        train_op = tf.group(
            tf.assign_sub(weights, LEARNING_RATE * tf.matmul(features, slope, transpose_a=True)),
            tf.assign_sub(biases, LEARNING_RATE * tf.reduce_sum(slope, 0)),
            tf.assign_add(global_step, 1),
        )
    tf.summary.scalar("cross_entropy", loss)
    return loss, train_op


# Training and evaluation


class LoggerHook(tf.train.SessionRunHook):
    """Prints the loss and the pace, and keeps what was learned."""

    def __init__(self, loss, variables, batch_size, log_frequency):
        self._loss, self._variables = loss, variables
        self._batch_size, self._log_frequency = batch_size, log_frequency

    def begin(self):
        self._step = 0
        self._start_time = time.time()

    def before_run(self, run_context):
        return tf.train.SessionRunArgs(self._loss)

    def after_run(self, run_context, run_values):
        self._step += 1
        if self._step % self._log_frequency == 0:
            seconds = (time.time() - self._start_time) / self._log_frequency
            self._start_time = time.time()
            pace = f"{self._batch_size / seconds:.1f} examples/sec; {seconds:.3f} sec/batch"
            print(f"step {self._step}, loss = {run_values.results:.2f} ({pace})")

    def end(self, session):
        self.learned = session.run(self._variables)


def train(flags):
    """What the model learned: weights and biases."""
    with tf.Graph().as_default():
        global_step = tf.train.get_or_create_global_step()
        images, labels = distorted_inputs(flags.data_dir, flags.batch_size)
        weights = tf.Variable(tf.zeros([(IMAGE_SIZE // 4) ** 2 * 6, NUM_CLASSES]), name="weights")
        biases = tf.Variable(tf.zeros([NUM_CLASSES]), name="biases")
        features, logits = inference(images, weights, biases)
        loss, train_op = train_op_of(features, logits, labels, weights, biases, global_step)

        logger = LoggerHook(loss, [weights, biases], flags.batch_size, flags.log_frequency)
        with tf.train.MonitoredTrainingSession(
            checkpoint_dir=flags.train_dir,
            hooks=[tf.train.StopAtStepHook(last_step=flags.max_steps), tf.train.NanTensorHook(loss), logger],
            save_summaries_steps=flags.log_frequency,
        ) as mon_sess:
            while not mon_sess.should_stop():
                mon_sess.run(train_op)
    return logger.learned


def evaluate(flags, learned):
    """The share of the pictures held out that the model knows."""
    with tf.Graph().as_default(), tf.Session() as sess:
        images, labels = inputs(flags.data_dir, flags.batch_size)
        weights, biases = (tf.Variable(value) for value in learned)
        _, logits = inference(images, weights, biases)
        known = tf.equal(tf.cast(tf.argmax(logits, 1), tf.int32), labels)
        sess.run([tf.global_variables_initializer(), tf.local_variables_initializer()])

        coord = tf.train.Coordinator()
        threads = []
        for runner in tf.get_collection(tf.GraphKeys.QUEUE_RUNNERS):
            threads.extend(runner.create_threads(sess, coord=coord, daemon=True, start=True))
        predictions = []
        try:
            while not coord.should_stop():
                predictions.append(sess.run(known))
        except tf.errors.OutOfRangeError:
            coord.request_stop()
        coord.join(threads, stop_grace_period_secs=10)
    return np.mean(predictions), np.size(predictions)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data_dir", default="cifar-10-batches-bin")
    parser.add_argument("--train_dir", default="cifar10_train")
    parser.add_argument("--batch_size", type=int, default=100)
    parser.add_argument("--max_steps", type=int, default=60)
    parser.add_argument("--log_frequency", type=int, default=20)
    flags = parser.parse_args()
    if not os.path.exists(flags.data_dir):
        import make_data  # stands in for the download

        make_data.make_data(flags.data_dir)

    precision, count = evaluate(flags, train(flags))
    print(f"precision @ 1 = {precision:.3f} of {count}")


if __name__ == "__main__":
    main()
