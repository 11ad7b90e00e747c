"""A Bitrix24 portal and a Google Sheets API on your desk, over real HTTP.

Never imported by the service, and imports nothing of it: ``python -m sandbox`` is useful to any integration.
Where it is not faithful it is loud: a documented method that is not built answers 501 with its name.
"""
