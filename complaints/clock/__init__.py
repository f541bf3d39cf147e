"""The clock of a case: working days, calendars, time limits and the fold that gives a due date."""
