"""The tools that the lab runs: found on PATH, downloaded from their publishers, or built from pinned Go modules."""
