"""Kills at random moments, and what the next command makes of the wreck: `make storm ROUNDS=40 SEED=7 ONLY=storm-up`.

A round starts a verb of devenv, kills it (SIGKILL; in half of the rounds with all that it had started, else alone, so
that its `docker compose` goes on as an orphan), runs the command that must mend it, and then looks from outside. The
figure is the number of things found lost, unknown or stuck. A round's choices come from the seed and its number alone.
"""
