"""Where a request comes from."""

from fastapi import Request

from data.networks import UNKNOWN


def address_of(request: Request) -> str:
    """The address that connects; behind a trusted proxy (TRUSTED_PROXIES) that of its client."""
    return request.client.host if request.client else UNKNOWN
