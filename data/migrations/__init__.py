"""The schema's history; `HEAD` names its newest revision, so that a start need not load Alembic."""

HEAD = "e7b20c9d4f16"
