"""The resource types the engine knows, one file each: their properties and their effects."""
