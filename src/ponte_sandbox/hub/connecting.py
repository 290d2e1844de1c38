"""What an app's coming to an account and its leaving mean for tokens and notifications.

A removed app is disconnected in one transaction: tokens, codes and waiting notifications of that
account go with it, so that no call and no hint is left over of which nobody could say why it still
works. Adding it again begins anew; nothing comes back.
"""

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from ponte_sandbox.hub.apps import CATALOGUE
from ponte_sandbox.hub.core import Hub
from ponte_sandbox.hub.wire import OAuthRefusal, invalid

# What an app finds its code under [D].
CODE_PARAMETER = "pluggtocode"


def add_app(hub: Hub, account: int, number: int) -> bool:
    """Put an app on an account's list; whether it was not there. Raises `Refusal` 400 for an app
    that does not exist."""
    if number not in CATALOGUE:
        raise invalid(f"There is no app {number}")
    with hub.storage.writing():
        is_new = hub.apps.add(account, number)
    client_id = hub.apps.client_id(number)
    if client_id is not None:
        hub.outbox.hear(account, client_id)
    return is_new


def remove_app(hub: Hub, account: int, number: int) -> bool:
    """Take an app off an account's list and disconnect it; whether it was there."""
    client_id = hub.apps.client_id(number)
    with hub.storage.writing():
        was_there = hub.apps.remove(account, number)
        if was_there and client_id is not None:
            hub.accounts.revoke(account, client_id)
            hub.outbox.silence(account, client_id)
    return was_there


def issue_code_as_merchant(hub: Hub, account: int, client_id: str) -> str:
    """A `pluggtocode` as an account's merchant gets it who adds the app and opens it: for the
    administration. Raises `OAuthRefusal` for an unknown account or app."""
    number = hub.apps.number(client_id)
    if number is None:
        raise OAuthRefusal(404, "invalid_client", "There is no app with this client id")
    code = hub.accounts.issue_code(account, client_id)
    add_app(hub, account, number)
    return code


def opening_address(url: str, code: str) -> str:
    """An app's address with the code in its query; what else is in there stays."""
    parts = urlsplit(url)
    kept = [
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
        if name != CODE_PARAMETER
    ]
    return urlunsplit(parts._replace(query=urlencode([*kept, (CODE_PARAMETER, code)])))
