"""Proof that nodes do what they should, measured on themselves."""
