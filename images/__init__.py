"""The images of this project: the offline base, the demo app, and the builder that also builds the gateway's."""
