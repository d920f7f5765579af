"""The command `aifactory`: what every target shares around the stacks."""
