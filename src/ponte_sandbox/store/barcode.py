"""Code 128 as bars of an SVG: how a DANFE carries the access key for a scanner.

Only digits pair up (code set C); a key with letters in its CNPJ, as since July 2026, is written in
code set B, which holds every printable ASCII sign, and becomes twice as long.
"""

# Widths of bar, space, bar, … of the values 0 to 105 (ISO/IEC 15417), and the stop sign.
_WIDTHS = (
    "212222222122222221121223121322131222122213122312132212221213221312231212112232122132"
    "122231113222123122123221223211221132221231213212223112312131311222321122321221312212"
    "322112322211212123212321232121111323131123131321112313132113132311211313231113231311"
    "112133112331132131113123113321133121313121211331231131213113213311213131311123311321"
    "331121312113312311332111314111221411431111111224111422121124121421141122141221112214"
    "112412122114122411142112142211241211221114413111241112134111111242121142121241114212"
    "124112124211411212421112421211212141214121412121111143111341131141114113114311411113"
    "411311113141114131311141411131211412211214211232"
)
_STOP = "2331112"
_START_B, _START_C = 104, 105
# Blank modules on both sides.
_QUIET = 10


def bars(text: str) -> tuple[list[tuple[int, int]], int]:
    """Offset and width of each bar in modules, and the width of the whole with its quiet zones.

    Raises ValueError for a text with other than printable ASCII signs.
    """
    place, found = _QUIET, []
    widths = "".join(_WIDTHS[6 * value : 6 * value + 6] for value in _values(text)) + _STOP
    for turn, width in enumerate(map(int, widths)):
        if turn % 2 == 0:
            found.append((place, width))
        place += width
    return found, place + _QUIET


def _values(text: str) -> list[int]:
    if text.isascii() and text.isdigit() and len(text) % 2 == 0:
        values = [_START_C, *(int(text[at : at + 2]) for at in range(0, len(text), 2))]
    elif text.isascii() and text.isprintable():
        values = [_START_B, *(ord(sign) - 32 for sign in text)]
    else:
        raise ValueError("Code 128 takes printable ASCII signs here")
    check = values[0] + sum(place * value for place, value in enumerate(values))
    return [*values, check % 103]
