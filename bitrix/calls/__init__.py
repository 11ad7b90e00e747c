"""The calls this project knows, one module per section of the API. Each function returns a `bitrix.call.Call`.

Answers are tidied here, once: ids are ints, moments carry their offset, absent is None.
"""
