"""The report of a period as files: what a director prints, and what an office works on."""
