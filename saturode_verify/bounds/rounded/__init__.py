"""The batched engine: rigorous bounds over many boxes at once, in rounded float64 (hypotheses: `rigor.rounding`)."""
