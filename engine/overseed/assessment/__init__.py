"""Assessment: confusion matrices, paired comparisons and the fidelity of synthetic samples."""
