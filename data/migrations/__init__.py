"""The schema's history; `HEAD` names its newest revision, so that a start need not load Alembic."""

HEAD = "59fdec48addd"
