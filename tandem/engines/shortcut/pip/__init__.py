"""Answers two questions in pip's place; see `__main__.py`."""
