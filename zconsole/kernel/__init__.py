"""The kernel: IPython behind the whole Jupyter messaging protocol."""
