"""The command: moves between releases, and the engines that carry them out."""
