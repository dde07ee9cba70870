"""How the label-free network was made: simulated donors, real BSCCM data, training, baselines, figures."""
