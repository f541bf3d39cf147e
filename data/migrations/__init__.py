"""The schema's history; `HEAD` names its newest revision, so that a start need not load Alembic."""

HEAD = "8a2f61c0e4b7"
