"""Roof: the only room that knows every room, and the only reader of environment and clock."""

import os

# python-telegram-bot gives time spans as timedelta instead of int only when asked so, and
# warns otherwise; it reads the environment, so this stands before its first import.
os.environ.setdefault("PTB_TIMEDELTA", "true")
