"""Rules of the vault: what is kept there can be neither removed nor lost."""
