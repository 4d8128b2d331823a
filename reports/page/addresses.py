"""Addresses that a page links to: only those that a browser may be sent to."""

from urllib.parse import urlsplit

__all__ = ["is_local", "web_address"]


def web_address(text: str) -> str:
    """Return an address of the web; nothing for any other text, such as a script."""
    try:
        return text if urlsplit(text).scheme in {"http", "https"} else ""
    except ValueError:  # no address at all
        return ""


def is_local(address: str) -> bool:
    """Return whether an address is of this machine, where a server has to be running."""
    return urlsplit(web_address(address)).hostname in {"127.0.0.1", "localhost", "::1"}
