import ponte


def test_the_package_says_what_it_is() -> None:
    assert "Plugg.to" in (ponte.__doc__ or "")
