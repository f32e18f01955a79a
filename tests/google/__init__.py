"""Google Cloud without Google: its own documents as the judge of names, a fake of its APIs as the ground to run on."""
