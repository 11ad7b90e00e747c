"""What should happen: the process as pure functions.

Nothing here reads a clock, a network, a file or an environment. ``decide`` (one case) and ``intake.decide_source``
(one finished piece of work) are the two questions the service asks; ``rulebook`` holds what a customer may change.
"""
