"""Tests of devenv.sandbox."""
