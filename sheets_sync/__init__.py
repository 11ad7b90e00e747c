"""The report: in a Google spreadsheet, kept equal to the truth whatever users and networks do, or as a local workbook.

``record`` is what comes in. Row by row: ``columns`` declares what is shown, ``tables`` on which sheet, ``rows`` types
it, ``edits`` plans the fewest changes (all pure), ``flush`` takes them there, ``audit`` finds what users broke. As
numbers: ``summary`` counts (pure), ``pivots`` and ``charts`` draw, ``furnish`` builds them; ``workbook`` and
``delimited`` write files. ``gateway`` alone knows gspread and HTTP, ``errors`` says what to do when a call fails,
``pacing`` counts what the quota allows. Knows neither the portal nor the service: whoever calls keeps versions and
tokens (the protocol is in ``flush``).
"""
