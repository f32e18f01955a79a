"""What runs beside releases: jobs around the switch, workers, cron."""
