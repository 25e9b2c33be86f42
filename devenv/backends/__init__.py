"""Backends: how a place to run is made. A backend only provides a host; what runs on it is the same everywhere."""
