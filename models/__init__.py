"""Networks, baselines, synthesis and imaging. Tensors never leave this package: numpy in, numpy out."""
