"""The life of a sandbox, the same for every backend: desired -> plan -> apply, observe, verify."""
