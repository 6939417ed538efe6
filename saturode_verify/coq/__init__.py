"""``verify export --coq``: a region certificate as a file that Coq's kernel checks, with the Coq library it needs."""
