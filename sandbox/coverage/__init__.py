"""What of the documented REST API this sandbox has, and how it is known that it answers the same way.

``documented/``        facts taken from the vendor's documentation: names, types, shapes of answers, error codes
``differences.yaml``   every known difference between those facts and this sandbox, each with its reason
``sandbox/COVERAGE.md``   the page people read, printed from all of it: ``python -m sandbox.coverage``

The comparison itself is a test: ``tests/sandbox/conformity``. Nothing here is used while the sandbox runs.
"""
