"""A page's policy lets its form end at the app, and nowhere else that an address could name."""

import pytest

from ponte_sandbox.store.consent import form_target


@pytest.mark.parametrize(
    ("uri", "target"),
    [
        ("https://ponte.example/volta?x=1", "https://ponte.example"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
        ("https://user:pw@a.example/", "https://a.example"),
        ("http://[::1]:9/x", "http:"),
        ("https://a.example;script-src/x", "https:"),
    ],
)
def test_the_target_is_the_origin_and_cannot_write_policy(uri: str, target: str) -> None:
    assert form_target(uri) == target
