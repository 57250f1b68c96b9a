"""Types, shapes, errors, and what is called off or shared: the ground the pipeline stands on."""
