"""The portal in a browser: what a person clicks on, in Russian.

    create_app(lambda: host.portal)      # in sandbox/server.py, for every path that is nobody else's

A page is one more client of the portal's own methods: whoever is chosen at the top makes the calls, with the rights
that person has, and refusals are shown in the portal's words. Only what Bitrix24 has no method for is read from the
state directly: names and settings, the chat of a task, the mark under an important post. Nothing here knows what a
portal is used for: types of objects, fields and stages come from the portal.
"""
