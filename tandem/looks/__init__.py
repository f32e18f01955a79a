"""What is so: status, numbers, history, outputs. Nothing is changed by a look."""
