"""What the office says to citizens: terms, dates and official notices."""
