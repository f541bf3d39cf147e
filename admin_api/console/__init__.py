"""Server-rendered pages for staff; every form works without script."""
