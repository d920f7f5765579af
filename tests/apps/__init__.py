"""The programs in the containers, in the environment that their image has."""
