"""The terminal UI (`devenv top`) comes with its own issue; it will import devenv, never the reverse."""
