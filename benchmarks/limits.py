"""What the vendor allows on all plans but the largest (limits.md)."""

BURST = 50
A_SECOND = 2.0
COMMANDS = 50
PAGE = 50
