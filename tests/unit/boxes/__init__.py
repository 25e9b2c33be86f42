"""Tests of devenv.boxes."""
