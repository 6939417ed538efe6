"""The paper's experiments: benchmark vector fields, and neural ODEs trained on them."""
