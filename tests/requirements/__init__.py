"""Which test proves which requirement: ``python -m tests.requirements`` writes docs/requirements.md."""
