"""The command line: arguments in, printing out, no logic. One file per group of verbs, lazily imported."""
