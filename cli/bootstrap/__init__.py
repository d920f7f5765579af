"""What a team's Pulumi needs before its first deployment: a bucket for the state, a key for its secrets, a role for CI.

A plain program over boto3 and no Pulumi: there is no state backend yet in which it could be remembered.
"""
