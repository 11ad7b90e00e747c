"""A simulation of everything at once: the service, its portal, its people and bad luck, in virtual time, from one seed.

    make simulate SEEDS=1000 FIRST=1      so many runs; a failing one tells its story
    python -m tests.simulation show 17    the story of one seed, as it happened then
    python -m tests.simulation mutations  how many seeds it takes to notice each deliberate mistake

``world.py`` is time and what happens when; a service is a ``process.py`` with an event loop of its own (``loop.py``),
so that it can be killed or frozen between any two steps; ``network.py`` carries its requests, ``post.py`` the portal's
events, both as the ``weather.py`` allows; ``people.py`` work, and do what nobody should; ``invariants.py`` says what
has to be true when calm has returned. ``company.py`` makes the portals from which runs begin.
"""
