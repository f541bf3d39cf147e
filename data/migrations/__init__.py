"""The schema's history; `HEAD` names its newest revision, so that a start need not load Alembic."""

HEAD = "0b6d2f4a91c3"
