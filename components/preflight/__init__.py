"""What AWS would refuse only at apply, asked before anything is made."""
