"""What tests of several kinds start and use."""
