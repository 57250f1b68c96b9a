"""Numbers on their way out: the sampler, event files, Prometheus. They eat Snapshots, and know nothing of the pipeline."""
