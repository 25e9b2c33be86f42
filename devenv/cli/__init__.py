"""The command line: arguments in, printing out, no logic. One file per group of verbs, imported when its verb is called."""
