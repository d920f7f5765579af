"""What pods may reach: accounts of the stores, and the keys that models are signed by."""
