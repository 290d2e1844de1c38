"""Sessions to programs on this machine."""

import requests


def direct_session() -> requests.Session:
    """One that does not look through the environment for proxies before each call, which takes
    longer than the call."""
    session = requests.Session()
    session.trust_env = False
    return session
