"""What a plan means for machines, disks and buckets of a cloud, and what the cloud says when it refuses."""
