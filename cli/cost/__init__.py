"""What a deployment costs: AWS's price list as a dated extract, and the arithmetic on what a preview declares."""
