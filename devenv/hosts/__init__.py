"""Hosts: machines with a Docker Engine, the ledger they keep, and the two tools that change what runs on them."""
