"""Domain: questions and approved answers."""
