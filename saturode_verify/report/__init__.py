"""Answers for people: the text table and LaTeX; numbers are only ever rounded outward."""
