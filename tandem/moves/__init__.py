"""What a person asks of an app's releases, from the question to the receipt, and what every run leaves in order."""
