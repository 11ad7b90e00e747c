"""The older CRM methods (``crm.deal.*``, ``crm.lead.*``...) over the same items as ``crm.item.*``.

Declared here: which fields an object had under which names, and how values looked. What happens to an item stays in
``sandbox.portal.crm.saving``, what is found in ``sandbox.portal.crm.collection``.
"""
