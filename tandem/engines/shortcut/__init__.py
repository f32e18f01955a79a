"""A folder for PYTHONPATH of the Pulumi CLI; see `pip/__main__.py`."""
