"""Whoever has no mouse: goes from place to place by Tab, and always sees where they are."""

from collections.abc import Sequence

from visitor import Visitor

# Longer is no page; whoever gets there walks in a circle.
_MOST_STOPS = 250
# The place that the keyboard is at: its words, and what would keep a person from seeing it. The
# outline has to stand out of what is behind it, by the 3:1 that WCAG asks of such things.
_PLACE = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return ["", ""];
  const label = at.labels?.length ? at.labels[0] : at;
  const words = (at.getAttribute("aria-label") || label.innerText || at.id).trim();
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const rgb = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = (colour) => rgb(colour).slice(0, 3)
    .map((part) => part / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    .reduce((sum, part, place) => sum + part * [0.2126, 0.7152, 0.0722][place], 0);
  const behind = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const { backgroundColor } = getComputedStyle(each);
      if (rgb(backgroundColor)[3] === 255) return backgroundColor;
    }
    return "#fff";
  };
  const style = getComputedStyle(at);
  const [high, low] = [light(style.outlineColor), light(behind(at.parentElement))]
    .sort((one, other) => other - one);
  const boxes = [...at.getClientRects()];
  const box = boxes[0] ?? { width: 0, height: 0 };
  const onTop = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  const checks = {
    "has no outline": style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2,
    "has an outline like what is behind it": (high + 0.05) / (low + 0.05) < 3,
    "has no size": !boxes.some((each) => each.width > 1 && each.height > 1),
    "is out of sight": !onTop,
    "is covered": onTop && !at.contains(onTop) && !onTop.contains(at),
    "has no name": !words,
  };
  return [words, Object.keys(checks).filter((name) => checks[name]).join(", ")];
}"""
# How many places a walk through the page's main part has to come by.
_MEANT = "main :is(a[href], button, input:not([type=hidden]), select, textarea, summary)"
_PLACES = f"""() => [...document.querySelectorAll("{_MEANT}")]
  .filter((each) => each.checkVisibility() && !each.disabled && each.tabIndex >= 0).length"""
# A date has a stop for each of its parts, and is one place; what scrolls has one, too, and is none.
_COUNT = f"""() => {{
  window.walked ??= new Set();
  const at = document.activeElement;
  if (!document.querySelector("main").contains(at)) return -1;
  return at.matches("{_MEANT}") ? window.walked.add(at).size : window.walked.size;
}}"""


class Keyboard:
    """A visitor's hands when there is nothing but keys."""

    def __init__(self, visitor: Visitor) -> None:
        self._page = visitor.page
        # Or the page would still be scrolling to where the focus is.
        self._page.emulate_media(reduced_motion="reduce")

    @property
    def place(self) -> str:
        """What the keyboard would press now, by its words; fails when that is not to be seen."""
        words, trouble = self._page.evaluate(_PLACE)
        assert not trouble, f"{words!r} on {self._page.url} {trouble}"
        return str(words)

    def step(self, key: str = "Tab") -> str:
        """One place on; its words."""
        self._page.keyboard.press(key)
        return self.place

    def go_to(self, words: str, key: str = "Tab") -> None:
        """Go on until something of these words has the focus; by `key`, e.g. Shift+Tab."""
        for _ in range(_MOST_STOPS):
            # A heading may be drawn in capitals.
            if self.step(key).casefold() == words.casefold():
                return
        raise AssertionError(f"{key} does not lead to {words!r} on {self._page.url}")

    def use(self, words: str) -> None:
        """Go to the place of these words and press what stays on this page."""
        self.go_to(words)
        self._page.keyboard.press("Enter")

    def press(self, *words: str) -> None:
        """Go to the places of these words, one after the other, and let each lead on."""
        for each in words:
            self.go_to(each)
            self.enter()

    def enter(self) -> None:
        """Press what has the focus, or send the form it is in, and be on the next page."""
        with self._page.expect_navigation():
            self._page.keyboard.press("Enter")

    def fill(self, label: str, text: str) -> None:
        """Go to the field of that label and type over what is there."""
        self.go_to(label)
        self._page.keyboard.press("Control+A")
        self._page.keyboard.type(text)

    def walk(self) -> Sequence[str]:
        """From the page's first place through all of its main part; the words of all places. Each
        was to be seen, and none was left out."""
        self._page.locator(".skip-link").focus()
        assert self.place == "Ir para o conteúdo"
        self._page.keyboard.press("Enter")
        visited, count = [], 0
        for _ in range(_MOST_STOPS):
            words = self.step()
            found = self._page.evaluate(_COUNT)
            if found < 0:
                break
            visited.append(words)
            count = found
        expected = self._page.evaluate(_PLACES)
        assert count == expected, f"{self._page.url}: {visited}, of {expected}"
        return visited
