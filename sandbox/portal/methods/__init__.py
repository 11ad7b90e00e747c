"""REST methods, one module per section of the API documentation. Every module here is imported at start
(``sandbox.portal.rest.load_methods``), so adding a file adds its methods."""
