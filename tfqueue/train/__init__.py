"""What runs a pipeline: coordinator, queue runners, input producers, batchers. The face `tf.train`."""
