"""Rules of models, training and serving."""
