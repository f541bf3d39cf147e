"""The schema's history; `HEAD` names its newest revision, so that a start need not load Alembic."""

HEAD = "c41f7e0b52d8"
