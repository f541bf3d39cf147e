"""The schema's history; `HEAD` names its newest revision, so that a start need not load Alembic."""

HEAD = "e18a0e7ad940"
