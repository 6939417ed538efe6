"""The paper's experiments with certified numbers, and the supplement that prints them."""
