"""A real OpenID Connect provider on this machine, for tests: discovery, code flow with PKCE, signed tokens.

It knows a few people and asks which of them one is; there are no passwords, since none of them is anybody.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from typing import Any
from urllib.parse import urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT, SECRET = "hemaboard", "a secret that only this test knows"


@dataclass
class Provider:
    address: str
    people: dict[str, dict[str, Any]]  # subject → claims
    age: dict[str, int] = field(default_factory=dict)  # subject → seconds by which the token is backdated
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"}))
    asked: dict[str, dict[str, str]] = field(default_factory=dict)  # code → what was asked with it

    def secrets(self) -> str:
        """What a site writes into `.streamlit/secrets.toml`."""
        return (
            '[auth]\nredirect_uri = "http://localhost:{port}/oauth2callback"\n'
            f'cookie_secret = "{secrets.token_hex(24)}"\nclient_id = "{CLIENT}"\nclient_secret = "{SECRET}"\n'
            f'server_metadata_url = "{self.address}/.well-known/openid-configuration"\n'
        )

    def routes(self) -> list[Route]:
        return [
            Route("/.well-known/openid-configuration", self._discovery),
            Route("/authorize", self._authorize),
            Route("/as/{subject}", self._approve),
            Route("/token", self._token, methods=["POST"]),
            Route("/jwks", self._jwks),
            Route("/favicon.ico", self._nothing),
        ]

    async def _discovery(self, _: Request) -> Response:
        return JSONResponse(
            {
                "issuer": self.address,
                "authorization_endpoint": f"{self.address}/authorize",
                "token_endpoint": f"{self.address}/token",
                "jwks_uri": f"{self.address}/jwks",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "code_challenge_methods_supported": ["S256"],
            }
        )

    async def _authorize(self, request: Request) -> Response:
        """Which of these people are you?"""
        asked = urlencode(dict(request.query_params))
        links = "".join(f'<p><a href="/as/{s}?{escape(asked)}">{escape(c["name"])}</a>' for s, c in self.people.items())
        return HTMLResponse(f"<!doctype html><html lang='en'><title>Who are you?</title><h1>Who are you?</h1>{links}")

    async def _approve(self, request: Request) -> Response:
        asked = dict(request.query_params)
        if asked.get("client_id") != CLIENT or asked.get("response_type") != "code":
            return JSONResponse({"error": "invalid_request"}, 400)
        code = secrets.token_urlsafe(24)
        self.asked[code] = {**asked, "sub": request.path_params["subject"]}
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}", 302)

    async def _token(self, request: Request) -> Response:
        form = await request.form()
        asked = self.asked.pop(str(form.get("code")), None)
        if asked is None or not self._is_our_client(request, dict(form)) or not _fits(asked, dict(form)):
            return JSONResponse({"error": "invalid_grant"}, 400)
        now = int(time.time()) - self.age.get(asked["sub"], 0)
        claims = {
            "iss": self.address,
            "sub": asked["sub"],
            "aud": CLIENT,
            "iat": now,
            "exp": int(time.time()) + 3600,
            "nonce": asked.get("nonce"),
            **self.people[asked["sub"]],
        }
        token = jwt.encode({"alg": "RS256", "kid": "one"}, claims, self.key)
        return JSONResponse({"access_token": "none", "token_type": "Bearer", "expires_in": 3600, "id_token": token})

    async def _jwks(self, _: Request) -> Response:
        return JSONResponse({"keys": [self.key.as_dict(private=False)]})

    async def _nothing(self, _: Request) -> Response:
        return Response(status_code=204)

    def _is_our_client(self, request: Request, form: dict[str, Any]) -> bool:
        sent = request.headers.get("authorization", "").removeprefix("Basic ")
        basic = base64.b64decode(sent).decode() if sent else ""
        return basic == f"{CLIENT}:{SECRET}" or (form.get("client_id"), form.get("client_secret")) == (CLIENT, SECRET)


def _fits(asked: dict[str, str], form: dict[str, Any]) -> bool:
    """The same address as was asked for, and whoever asked holds the verifier."""
    digest = hashlib.sha256(str(form.get("code_verifier", "")).encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return form.get("redirect_uri") == asked["redirect_uri"] and challenge == asked.get("code_challenge")


@contextmanager
def provider(people: dict[str, dict[str, Any]]) -> Iterator[Provider]:
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    made = Provider(f"http://localhost:{listening.getsockname()[1]}", people)
    server = uvicorn.Server(uvicorn.Config(Starlette(routes=made.routes()), log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.02)
        yield made
    finally:
        server.should_exit = True
        thread.join(10)
        listening.close()
