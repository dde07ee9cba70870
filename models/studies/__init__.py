"""Studies of the shipped models: what a paper asked of others, asked of ours, on patients they have not seen."""
