"""What a merchant gives a page: name, colour, logo, help. Addresses of its colour and logo are files of this server."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PageBrand:
    """A merchant as its pages show it. accent: `rrggbb` or empty for smot's own colour. logo: an address, or empty."""

    name: str = "smot"
    accent: str = ""
    logo: str = ""
    help_text: str = ""
    help_address: str = ""
