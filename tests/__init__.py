"""The tests of devenv: CONTRIBUTING.md says which layer needs what."""
