"""Stand-ins for Pulumi's own plugins, used beside an engine that was built from source and has none."""
