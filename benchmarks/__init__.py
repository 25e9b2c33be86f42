"""What prints the figures that devenv is judged by: `python -m benchmarks [--only FIGURE]`, or `make bench`.

A figure is a ratio taken side by side in one run wherever it can be, because a number of seconds says more about the
machine than about devenv.
"""
