"""Numbers on their way out: sampler, event files, Prometheus. They eat Snapshots and know nothing of the pipeline."""
