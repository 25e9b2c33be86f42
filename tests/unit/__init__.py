"""Tests that need no network, engine or clock; the folders mirror the packages."""
