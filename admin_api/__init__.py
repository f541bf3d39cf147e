"""Face to staff: the admin API and the console, over the same domain calls."""
