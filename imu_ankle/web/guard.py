"""Who may talk to the page: this machine's browser, with the token, from the page itself."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BODY = 64 * 1024
_SAFE = {"GET", "HEAD"}
_LENGTH = re.compile("[0-9]{1,9}")
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-src 'self'; frame-ancestors 'self'"
)


@dataclass(slots=True)
class Keys:
    """Tokens that open the page once each, and the secret that a browser keeps then."""

    port: int
    hosts: frozenset[str]  # as browsers write them, with the port
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    tokens: set[str] = field(default_factory=set)

    @property
    def cookie(self) -> str:
        """The cookie's name: one for each port, for cookies don't know ports."""
        return f"imu_ankle_{self.port}"

    def new_token(self) -> str:
        """Return a token that opens the page once."""
        token = secrets.token_urlsafe(24)
        self.tokens.add(token)
        return token

    def spend(self, token: str) -> bool:
        """Whether the token is good; it never is again."""
        for known in self.tokens:
            if secrets.compare_digest(known.encode(), token.encode()):
                self.tokens.discard(known)
                return True
        return False

    def holds(self, headers: Headers) -> bool:
        """Whether the browser that sent these headers has been let in."""
        try:
            jar = SimpleCookie(headers.get("cookie", ""))
        except CookieError:
            return False
        kept = jar.get(self.cookie)
        return kept is not None and secrets.compare_digest(
            kept.value.encode(), self.secret.encode()
        )


class Guard:
    """ASGI middleware: checks Host, Origin, token and size; sets the headers of a closed page."""

    def __init__(self, app: ASGIApp, keys: Keys) -> None:
        self._app, self._keys = app, keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what may pass."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if scope["type"] == "websocket":
            if refusal is not None:
                await receive()
                await send({"type": "websocket.close", "code": 1008, "reason": "refused"})
                return
            await self._app(scope, receive, send)
            return

        async def closed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("content-security-policy", CSP)
                headers["x-content-type-options"] = "nosniff"
                headers["referrer-policy"] = "same-origin"
                headers["cross-origin-opener-policy"] = "same-origin"
                headers["cross-origin-resource-policy"] = "same-origin"
                headers.setdefault("cache-control", "no-store")
            await send(message)

        token = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        if refusal == "token" and scope["path"] == "/" and self._keys.spend(token):
            opened = RedirectResponse("/", status_code=303)
            opened.set_cookie(
                self._keys.cookie, self._keys.secret, httponly=True, samesite="strict", path="/"
            )
            await opened(scope, receive, closed)
        elif refusal is not None:
            told = _TOLD[refusal]
            await PlainTextResponse(told, status_code=_STATUS[refusal])(scope, receive, closed)
        else:
            await self._app(scope, _bounded(receive), closed)

    def _refusal(self, scope: Scope) -> str | None:
        headers = Headers(scope=scope)
        if headers.get("host", "") not in self._keys.hosts:
            return "host"
        origin = headers.get("origin")
        must = scope["type"] == "websocket" or scope["method"] not in _SAFE
        if origin is None and must:
            return "origin"
        if origin is not None and origin not in {f"http://{host}" for host in self._keys.hosts}:
            return "origin"
        if not self._keys.holds(headers):
            return "token"
        length = headers.get("content-length", "0")
        return None if _LENGTH.fullmatch(length) and int(length) <= MOST_BODY else "size"


_STATUS = {"host": 421, "origin": 403, "token": 403, "size": 413}
_TOLD = {
    "host": "This page is only at the address that imu-ankle printed.",
    "origin": "Another site may not talk to this page.",
    "token": "Open the link that imu-ankle printed; each opens one browser, once.",
    "size": "That is too large.",
}


def _bounded(receive: Receive) -> Receive:
    """Return a receive that stops where a body, of whatever claimed length, gets too large."""
    seen = 0

    async def bounded() -> Message:
        nonlocal seen
        message = await receive()
        if message["type"] == "http.request":
            seen += len(message.get("body", b""))
            if seen > MOST_BODY:
                return {"type": "http.disconnect"}
        return message

    return bounded
