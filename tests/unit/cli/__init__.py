"""Tests of devenv.cli."""
