"""What is meant and what is said: pure functions between a message, a want and its outcome."""
