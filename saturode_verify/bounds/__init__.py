"""Trusted bounds over boxes: affine forms, norms, product bounds, branch and bound."""
