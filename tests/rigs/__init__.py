"""The machines that tests and benchmarks need, and their manners on a machine that others use too."""
