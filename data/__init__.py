"""Ground floor: what endures. Knows no citizen, case or question."""
