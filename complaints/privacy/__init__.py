"""What of a person may be known to whom: names and numbers kept apart, and kept in."""
