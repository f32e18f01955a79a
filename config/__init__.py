"""What a stack file may say, as frozen values; no resources, and no I/O outside `load`."""
