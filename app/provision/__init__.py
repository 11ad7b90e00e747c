"""What must stand on a portal before cases can live there: wanted (blueprint), found (standing), missing (plan), built.

``layout`` is the service's view of the result: the portal's ids under the rulebook's names.
"""
