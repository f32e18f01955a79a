"""What a stack's program declares, without an engine: every resource is taken for made, and written down.

Nothing is known of what exists, and no secret is needed: for pull requests from forks, which may have neither.
"""
