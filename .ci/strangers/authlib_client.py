"""Authlib, the OAuth client of the Python world: with requests, and asynchronously with httpx2."""

import asyncio
import json
import os
import subprocess
import sys
import time

# Authlib wants TLS, which loopback does without.
os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

with open(os.environ["STRANGERS_WORLD"], encoding="utf-8") as file:
    WORLD = json.load(file)
SERVER = requests.get(WORLD["issuer"] + "/.well-known/openid-configuration", timeout=10).json()
TOKEN = SERVER["token_endpoint"]
LEDGER = {"resource": WORLD["resource"], "scope": "entries.read"}
SCOPE = "openid profile email offline_access"


def with_secret(kind=OAuth2Session, method="client_secret_basic", **more):
    client = WORLD["clients"]["basic" if method == "client_secret_basic" else "post"]
    return kind(client["id"], client["secret"], token_endpoint_auth_method=method, **more)


class ShortPrivateKeyJWT(PrivateKeyJWT):
    """Assertions that live a minute; by default Authlib gives them an hour."""

    def sign(self, auth, token_endpoint):
        self.claims = {"exp": int(time.time()) + 60}
        return super().sign(auth, token_endpoint)


def with_key(kind=OAuth2Session, method=ShortPrivateKeyJWT, **more):
    """Its assertions are for the token endpoint, where others name the issuer."""
    client = WORLD["clients"]["key"]
    session = kind(client["id"], ECKey.import_key(client["jwk"]), token_endpoint_auth_method="private_key_jwt", **more)
    session.register_client_auth_method(method(TOKEN, alg="ES256"))
    return session


def check_ledger_token(token):
    assert token["token_type"].lower() == "bearer", token["token_type"]
    assert token["scope"] == "entries.read", token["scope"]
    claims = jwt.decode(token["access_token"], keys(), algorithms=["ES256"]).claims
    assert claims["iss"] == WORLD["issuer"] and claims["aud"] == WORLD["resource"], claims


def keys():
    return KeySet.import_key_set(requests.get(SERVER["jwks_uri"], timeout=10).json())


def sign_in(session):
    """The code flow, with the person of the world at the browser."""
    verifier, nonce = generate_token(48), generate_token(20)
    url, state = session.create_authorization_url(
        SERVER["authorization_endpoint"], code_verifier=verifier, nonce=nonce
    )
    walked = subprocess.run(["node", "person.mjs", url], check=True, capture_output=True, text=True, timeout=60)
    back = walked.stdout.strip()
    return session.fetch_token(TOKEN, authorization_response=back, code_verifier=verifier, state=state), nonce


def for_person(make=with_secret):
    return make(redirect_uri=WORLD["callback"], scope=SCOPE, code_challenge_method="S256")


def check_id_token(token, nonce, client_id):
    read = jwt.decode(token["id_token"], keys(), algorithms=SERVER["id_token_signing_alg_values_supported"])
    options = {
        "iss": {"essential": True, "value": WORLD["issuer"]},
        "sub": {"essential": True, "value": WORLD["person"]["id"]},
        "aud": {"essential": True, "value": client_id},
    }
    # With the access token at hand, Authlib compares at_hash too.
    params = {"nonce": nonce, "client_id": client_id, "access_token": token["access_token"]}
    claims = CodeIDToken(read.claims, read.header, options, params)
    claims.validate(now=int(time.time()), leeway=5)
    assert "at_hash" in claims, claims


def client_credentials_basic():
    check_ledger_token(with_secret().fetch_token(TOKEN, grant_type="client_credentials", **LEDGER))


def client_credentials_private_key():
    check_ledger_token(with_key().fetch_token(TOKEN, grant_type="client_credentials", **LEDGER))


def client_credentials_default_assertion():
    session = with_key(method=PrivateKeyJWT)
    check_ledger_token(session.fetch_token(TOKEN, grant_type="client_credentials", **LEDGER))


def client_credentials_async():
    async def fetch(client):
        async with client:
            return await client.fetch_token(TOKEN, grant_type="client_credentials", **LEDGER)

    check_ledger_token(asyncio.run(fetch(with_key(AsyncOAuth2Client))))
    check_ledger_token(asyncio.run(fetch(with_secret(AsyncOAuth2Client, "client_secret_post"))))


def code_and_id_token():
    token, nonce = sign_in(for_person())
    check_id_token(token, nonce, WORLD["clients"]["basic"]["id"])


def code_with_private_key():
    session = for_person(with_key)
    token, nonce = sign_in(session)
    check_id_token(token, nonce, WORLD["clients"]["key"]["id"])
    person = session.get(SERVER["userinfo_endpoint"], timeout=10).json()
    assert person["email"] == WORLD["person"]["login"], person


def refresh():
    session = for_person()
    before = dict(sign_in(session)[0])
    after = session.refresh_token(TOKEN)
    assert after["refresh_token"] != before["refresh_token"] and after["access_token"] != before["access_token"]


def introspect():
    session = with_secret()
    token = session.fetch_token(TOKEN, grant_type="client_credentials", **LEDGER)["access_token"]
    answer = session.introspect_token(SERVER["introspection_endpoint"], token=token).json()
    assert answer["active"] is True and answer["client_id"] == WORLD["clients"]["basic"]["id"], answer


def revoke():
    session = for_person()
    token, _ = sign_in(session)
    answer = session.revoke_token(SERVER["revocation_endpoint"], token=token["refresh_token"])
    assert answer.status_code == 200, answer.text
    url = SERVER["introspection_endpoint"]
    assert session.introspect_token(url, token=token["access_token"]).json() == {"active": False}
    try:
        session.refresh_token(TOKEN)
    except OAuthError as error:
        assert error.error == "invalid_grant", error
    else:
        raise AssertionError("a revoked refresh token was taken")


CASES = {
    "client credentials, client_secret_basic": client_credentials_basic,
    "client credentials, private_key_jwt for the token endpoint": client_credentials_private_key,
    "client credentials, private_key_jwt as Authlib makes it": client_credentials_default_assertion,
    "client credentials, asynchronously": client_credentials_async,
    "authorization code, PKCE, ID token against the JWKS": code_and_id_token,
    "authorization code with private_key_jwt, userinfo": code_with_private_key,
    "refresh": refresh,
    "introspection": introspect,
    "revocation": revoke,
}


def main():
    failed = 0
    for number, (name, case) in enumerate(CASES.items(), 1):
        try:
            case()
            print(f"ok {number} - authlib: {name}", flush=True)
        except Exception as error:
            failed += 1
            told = f"{type(error).__name__}: {error} {getattr(error, 'stderr', None) or ''}".strip()
            print(f"not ok {number} - authlib: {name}\n  # " + told.replace("\n", "\n  # "), flush=True)
    print(f"1..{len(CASES)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
