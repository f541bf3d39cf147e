"""What words, sounds and phrases mean, and what a message is heard to be."""
