"""Pictures of certificates, on matplotlib (optional). Every number in them comes from a claim, rounded outward."""
