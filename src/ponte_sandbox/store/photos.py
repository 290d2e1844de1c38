"""Pictures for generated products: a tiny SVG each, so that photo links lead somewhere."""

from ponte_sandbox.common.asgi import Answer, Refusal, Request

_SVG = b"image/svg+xml"
# Neighbouring ids get clearly different hues (the golden angle).
_HUE_STEP = 137
# As long as any id or position is; longer paths are nobody's photo.
_MOST_DIGITS = 12


async def photo(request: Request) -> Answer:
    """`GET /photos/{family}/{position}.svg`."""
    family = request.params["family"]
    position, _, suffix = request.params["file"].partition(".")
    if suffix != "svg" or not _is_number(family) or not _is_number(position):
        raise Refusal(404, "not_found", "There is no such photo")
    hue = int(family) * _HUE_STEP % 360
    light = 75 - 8 * (int(position) % 5)
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400">'
        f'<rect width="400" height="400" fill="hsl({hue},45%,{light}%)"/>'
        '<text x="200" y="210" font-family="sans-serif" font-size="40" text-anchor="middle">'
        f"{int(family)} / {int(position)}</text></svg>"
    )
    return Answer(svg.encode(), 200, _SVG, ((b"cache-control", b"public, max-age=86400"),))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
