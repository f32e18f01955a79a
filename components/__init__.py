"""What a stack is made of: Pulumi component resources, one axis of change a package, one kind a file."""
