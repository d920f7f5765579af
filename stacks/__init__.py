"""What is deployed where: one stack a layer of an environment."""
