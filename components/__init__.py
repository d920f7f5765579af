"""How infrastructure is built: components of plain parts, where no environment's name appears."""
