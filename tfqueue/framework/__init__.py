"""Types, shapes, errors, cancellation and resources: the ground that every room stands on."""
