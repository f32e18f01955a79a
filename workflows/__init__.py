"""What the workflows of `.github/workflows` do beside `tandem` and `make`; each runs the same on a laptop."""
