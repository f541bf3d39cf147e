"""The schema's history; `HEAD` names its newest revision, so that a start need not load Alembic."""

HEAD = "5b0e93d7a1c6"
