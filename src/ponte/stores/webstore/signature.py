"""Who sent a hint: Standard Webhooks signatures, checked before anything of a body is believed.

The address for hints is public, and a forged hint would make us read a store at a stranger's pace.
The library compares in constant time and refuses times more than five minutes off; what it raises
on malformed headers is of many kinds, and here becomes one.
"""

from collections.abc import Mapping

from standardwebhooks import Webhook, WebhookVerificationError


class HintRejected(Exception):
    """The hint is not signed by the store, or too old: answer 401 and do nothing."""


def verify_hint(secret: str, headers: Mapping[str, str], body: bytes) -> None:
    """Return if `body` was signed with `secret` within five minutes; raises `HintRejected`.

    `secret` is base64, optionally behind "whsec_". Header names are matched without case.
    """
    try:
        Webhook(secret).verify(body, dict(headers), json_parse=False)
    except WebhookVerificationError as error:
        raise HintRejected(str(error)) from error
    except ValueError as error:
        # A header that is not "v1,<base64>", or a body that is not UTF-8.
        raise HintRejected("the signature headers are malformed") from error
