"""devenv: one environment spec, dedicated cores, a bundled MinIO, on a laptop, a VM or a cloud host."""

__version__ = "0.1.0"
