"""A Compute Engine instance: the ground it stands on, and then what any machine behind SSH is."""
