"""The schema's history; `HEAD` names its newest revision, so that a start need not load Alembic."""

HEAD = "4b7ada140fbd"
