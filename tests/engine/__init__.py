"""Tests against a real Docker Engine with Compose."""
