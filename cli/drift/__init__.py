"""`aifactory drift`: what differs between what was deployed and what stands, and whether it weakens protection."""
