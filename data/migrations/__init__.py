"""The schema's history; `HEAD` names its newest revision, so that a start need not load Alembic."""

HEAD = "8d2f61c0a9b4"
