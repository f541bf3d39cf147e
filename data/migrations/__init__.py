"""The schema's history; `HEAD` names its newest revision, so that a start need not load Alembic."""

HEAD = "c41d7e92b0a5"
