"""`tandem preview` for others than who is at the terminal: a comment for a pull request, a document for programs."""
