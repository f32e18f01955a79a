"""What must be so before anything is deployed, each with what to do when it is not."""
