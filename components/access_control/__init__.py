"""Who may do what: roles of people and of CI in AWS and in Kubernetes, each with the least rights."""
