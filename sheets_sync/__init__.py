"""The mirror: one row a case in a Google spreadsheet, kept equal to the truth whatever users and networks do.

``record`` is what comes in, ``columns`` declares what a row shows, ``rows`` types it, ``edits`` plans the fewest
changes (all pure); ``gateway`` alone knows gspread and HTTP, ``errors`` says what to do when a call fails, ``flush``
puts it together. Knows neither the portal nor the service: whoever calls keeps versions and tokens (the protocol is in
``flush``).
"""
