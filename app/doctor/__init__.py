"""``capa24 doctor``: is a portal connected as it must be?

``examination`` reads, ``findings`` judges, ``report`` says.
"""
