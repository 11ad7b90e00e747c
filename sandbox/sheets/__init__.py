"""Google Sheets on your desk: the Sheets API v4 as far as real gspread and a careful mirror use it.

State and rules are pure (``spreadsheet``, ``grid``, ``cells``, ``requests/``, ``values``, ``metadata``, ``pivots``);
``methods`` is the table of API methods, ``server`` the only module that knows HTTP. A batch works on a copy that
replaces the original when all of it went well. What Google documents and is not built here answers 501 with its name.
"""
