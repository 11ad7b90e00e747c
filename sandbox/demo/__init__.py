"""The main job on a desk: a trading company works on the sandbox portal, the service runs beside it as its own process.

People act through the same REST interface as anybody, with webhooks of their own; nothing here knows how the service
works inside.
"""
