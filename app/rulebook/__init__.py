"""The rulebook at the terminal: ``capa24 rules check`` and ``capa24 rules show``."""
