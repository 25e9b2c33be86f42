"""Tests of the agent: no network, no engine, no clock; machines we do not have are built as data or as files."""
