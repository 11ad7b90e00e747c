"""How to talk to a Bitrix24 portal: calls as values, one client that batches and paces, events as values.

Usable alone, in any project. Begin with `bitrix.client.Portal` and the functions of `bitrix.calls`;
what can go wrong is sorted in `bitrix.errors`. Pages cited as ``api-reference/...`` belong to the
vendor's documentation, https://apidocs.bitrix24.com/.
"""
