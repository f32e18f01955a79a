"""The git checkout that a stack file is in, and what a move commits and pushes there."""
