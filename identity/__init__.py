"""Who CI is in Google Cloud: a Pulumi program of its own, which a person runs, and which no CI may change."""
