"""REST 3.0: the same portal through ``/rest/api/``, with one grammar for every method.

    entrance    HTTP in and out          calls        from a name to its answer      batch        many in one request
    entities    what may be asked of     query        the parameters of a call       filters, ordering, pages, selection
    answers     repeats by Idempotency-Key            structure, event_log           state that only this version shows
    methods/    what the methods do, over the state they share with the older version

Source: api-reference/rest-v3.md and the pages marked "REST 3.0"; ``docs/open-api/openapi.json`` of bitrix24/b24phpsdk,
which a portal generated; measurements in the issues of bitrix24/b24jssdk, cited by number where they are followed.
"""
