"""`make instructions`: counts the kernels' instructions, beside the recorded ones."""
