"""What tells one program's pages from another's: its name, its theme, its menu."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Theme = Literal["hub", "store", "ponte"]


@dataclass(frozen=True)
class MenuItem:
    """An entry of the menu; with `children` a group of entries."""

    # In Portuguese, marked for the catalogue where it is written.
    label: str
    icon: str = ""
    url: str = ""
    # The first page of a program: its path is the beginning of all others.
    is_first: bool = False
    children: tuple["MenuItem", ...] = ()

    def is_at(self, path: str) -> bool:
        """Whether a path belongs to this entry or one below it."""
        if self.children:
            return any(child.is_at(path) for child in self.children)
        return path == self.url or (not self.is_first and path.startswith(self.url + "/"))


@dataclass(frozen=True)
class Look:
    """One program's pages."""

    # Also the beginning of its cookies' names.
    theme: Theme
    # The name in the top corner and in every page's title.
    name: str
    # The first page, where the name in the corner leads.
    home: str
    # "top": a bar with the menu; "side": a column with it. A template may set another `layout`.
    layout: Literal["top", "side"]
    # The menu of every page, or what makes it for a request (Litestar's).
    menu: Sequence[MenuItem] | Callable[[Any], Sequence[MenuItem]]
    # The folder of the program's own templates.
    templates: Path
    # Its English catalogue.
    catalogue: Path
    # The template that says who is logged in, with the way out.
    account_template: str

    def menu_of(self, call: Any) -> Sequence[MenuItem]:
        """The menu of a request's page."""
        return self.menu(call) if callable(self.menu) else self.menu
