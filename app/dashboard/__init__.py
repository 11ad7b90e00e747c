"""The dashboard at ``/dashboard``: the head's questions (S64-S67) and the process's promises (S81-S91) on one screen.

``passes`` say who somebody is, ``scope`` what they may see today; ``question`` is what the address asks, ``answers``
what the database adds up for it, ``figures`` the arithmetic; ``sections`` put it in words and charts, ``page`` draws
them, ``routes`` answer HTTP.
"""
