"""`python -m upsample_op.benchmark`: our times beside stock TensorFlow's."""
