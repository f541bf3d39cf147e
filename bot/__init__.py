"""Face to citizens, in both directions."""
