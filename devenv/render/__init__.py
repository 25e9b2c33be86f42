"""Rendering: a spec, a lease and a context in, files out. Pure: nothing here reads a disk, a clock or an engine."""
