"""What the meeting is shown: figures, satisfaction, follow-up, the exam, what is published."""
