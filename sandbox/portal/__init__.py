"""One Bitrix24 portal: its state (``portal.py`` and the sections it is made of), its REST methods
(``methods/``, one file per section of the API documentation), and what stands between the two and the network.
"""
