"""What the factory costs beside doing the same without it: measured side by side, never asserted."""
