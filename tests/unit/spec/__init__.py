"""The spec: units, YAML, layers, checks, schema."""
