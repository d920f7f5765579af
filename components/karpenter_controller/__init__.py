"""What Karpenter's controller is and hears at AWS."""
