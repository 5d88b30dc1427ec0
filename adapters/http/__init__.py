"""HTTP for the adapters: one polite client with OAuth2 client credentials, limits, bounded tries, plain errors.

What is tried again, and nothing else:

| what happened | a read | a write |
|---|---|---|
| no connection (refused, name not found, connect time-out) | again | again: nothing was sent |
| 429, or 503 other than a final one | again, after `Retry-After` | again: it was turned away |
| the connection broke before the whole answer came, 502 | again | once more: a write must be idempotent |
| no answer in time, 504 | once more; a `large` one is `TooLate` | `NoAnswer`: the server may still be at it |
| 401 | once, with a fresh token | once, with a fresh token |
| anything else | no | no |

While a call that was turned away waits, no other is begun: one 503 slows all threads, and each waits once.

A broken connection on a write is worth one more try because a server closes idle keep-alive connections without
a word, and a write that met one was most likely never read. Koha's plugin checks "already as asked" before the
etag, so a write that did get through answers 200 the second time; `Answer.after_unanswered_write` tells the caller.

No error or log line from here holds a query string, a header, a body, or the secret: only method, path, status.
"""

from adapters.http.answer import Answer
from adapters.http.client import HttpApi
from adapters.http.options import HttpOptions
from adapters.http.trouble import NoAnswer, TooLate

__all__ = ["Answer", "HttpApi", "HttpOptions", "NoAnswer", "TooLate"]
