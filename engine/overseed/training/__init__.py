"""What all training shares: weight averages, checkpoints and the scaling of batches."""
