"""The service's own memory: dirty keys, stored events, the journal, rows on their way to the sheet.

The portal stays the only truth of a case; all of this but the journal can be lost and is found again (design
section 1).
"""
