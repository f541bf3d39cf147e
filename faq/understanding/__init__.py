"""What is asked, which entries fit, and what may be concluded."""
