"""What stays while exhibits change."""
