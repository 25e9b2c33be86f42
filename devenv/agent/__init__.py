"""The agent: what runs on a host. Python >= 3.9, standard library only, imports nothing else of devenv."""
