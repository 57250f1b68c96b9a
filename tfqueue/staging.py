"""`tf.staging`: areas that keep elements from step to step, which TensorFlow 1 had in `tf.contrib.staging`."""

from tfqueue.ops.map_staging_ops import MapStagingArea
from tfqueue.ops.staging_ops import StagingArea

__all__ = ["MapStagingArea", "StagingArea"]
