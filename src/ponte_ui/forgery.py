"""Forms from elsewhere are refused, also when what they carry as their token is no text at all.

Litestar compares tokens as they come, and fails on a file or a letter beyond ASCII in their place:
a stranger's form would be answered by a failure of ours instead of a refusal.
"""

from litestar.middleware.csrf import CSRFMiddleware


class ForgeryGuard(CSRFMiddleware):
    """Litestar's double-submit cookie, for tokens of any kind."""

    def _csrf_tokens_match(self, request_csrf_token: object, cookie_csrf_token: str) -> bool:
        if not isinstance(request_csrf_token, str):
            return False
        if not (request_csrf_token.isascii() and cookie_csrf_token.isascii()):
            return False
        return super()._csrf_tokens_match(request_csrf_token, cookie_csrf_token)
