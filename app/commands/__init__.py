"""The commands of ``capa24``, a module a theme; ``app.__main__`` gives them their names."""
