"""Section ``portal.crm``: types, funnels, stages, fields, items, and what is written in their timelines."""

from sandbox.portal.crm.section import Crm

__all__ = ["Crm"]
