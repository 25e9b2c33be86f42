"""What samples mean: signals, neighbours, baselines, forecasts. Comes with the monitor."""
