"""Tests of devenv.hosts."""
