"""The JSON API: what the panel shows and does, for programs, with the same rights.

`/api/v1/…` is an application of its own (`application.py`), so that nothing of the pages (cookies,
forms, redirects) reaches a program, and nothing of a program reaches the pages. A program shows a
token, made at *Minha conta › Tokens da API*; `access.py` turns it into the `Actor` of
`ponte.services`, the same that the panel's pages have. The document at `/api/v1/openapi.json` is
made from the routes' own types, and the page `/api` draws it.

How a subject is added
----------------------
1. A module `web/api/<subject>.py` with `<subject>_api(parts: Parts) -> Sequence[Any]`, and a line
   in `SUBJECTS` of `application.py`.
2. Each route is `@get("/connections/{connection:int}/orders", **about(…))`. `about` (`answers.py`)
   gives it its words in the document, the refusals it may answer, and an `operation_id`. It takes
   `caller: NamedDependency[Actor]` and calls the same service as the page does, which checks the
   right; nothing is decided here. A route of one connection takes `known: Known` (`paths.py`)
   instead of the path's number: one that the caller may not see, and one that is not there, get the
   same answer before anything else.
3. What a service answers is a `msgspec.Struct`, and is the answer as it is. A list is a `Page` with
   `items` and `next`, the key of the page behind it, which goes back in as a query parameter;
   `write_key` and `read_key` make a key of whatever place a service pages by.
4. A body is a `msgspec.Struct` with `forbid_unknown_fields=True`, its limits by `msgspec.Meta`;
   whether it is one, and no text holds a NUL, is judged before the route (`input.py`).
5. What a service raises when it says no is a line in `refusals.py`. `Forbidden` is answered for all
   of them: 404 where somebody looked, 403 where somebody acted.

`tests/integration/test_api.py` finds every route by itself: it calls each one as a stranger, as
support and as another merchant. `test_api_answers.py` has a call of each operation with what is
really there, and runs schemathesis over the document; `tests/unit/test_api_covers_panel.py` has the
table of the panel's pages and their operations, in which a new page or operation gets its line.
"""
