"""The schema's history; `HEAD` names its newest revision, so that a start need not load Alembic."""

HEAD = "b81ae9b9df3d"
