"""`tf.python_io`: files of records, with no graph."""

from tfqueue.readers.record_options import TFRecordCompressionType, TFRecordOptions
from tfqueue.readers.tfrecord import TFRecordWriter, tf_record_iterator

__all__ = ["TFRecordCompressionType", "TFRecordOptions", "TFRecordWriter", "tf_record_iterator"]
