// openid-client (npm), the certified client of the Node world.

import assert from "node:assert/strict";
import * as oidc from "openid-client";
import { check, finish } from "./check.mjs";
import { Person } from "./person.mjs";
import { ACCESS_TOKEN, TOKEN_EXCHANGE, beginCodeFlow, discover, readWorld } from "./world.mjs";

const world = readWorld();
const { issuer, clients, person, resource } = world;
const secretBasic = oidc.ClientSecretBasic(clients.basic.secret);
const config = await discover(issuer, clients.basic.id, secretBasic);

/** What a token says; its signature is the resource server's business. */
const claimsOf = (jwt) => JSON.parse(Buffer.from(jwt.split(".")[1], "base64url").toString());

const refusedWith = (code) => (error) => error.error === code;

for (const algorithm of ["oidc", "oauth2"]) {
  await check(`openid-client: discovery (${algorithm})`, async () => {
    const found = (await discover(issuer, clients.basic.id, secretBasic, algorithm)).serverMetadata();
    assert.equal(found.issuer, issuer);
    assert.ok(found.supportsPKCE());
    assert.equal(found.authorization_response_iss_parameter_supported, true);
  });
}

async function clientCredentials(client, auth) {
  const own = await discover(issuer, client.id, auth);
  const tokens = await oidc.clientCredentialsGrant(own, { resource, scope: "entries.read" });
  assert.equal(tokens.token_type, "bearer");
  assert.equal(tokens.scope, "entries.read");
  const claims = claimsOf(tokens.access_token);
  assert.deepEqual([claims.iss, claims.aud, claims.client_id], [issuer, resource, client.id]);
}

await check("openid-client: client credentials, client_secret_basic", () =>
  clientCredentials(clients.basic, secretBasic));

await check("openid-client: client credentials, client_secret_post", () =>
  clientCredentials(clients.post, oidc.ClientSecretPost(clients.post.secret)));

await check("openid-client: client credentials, private_key_jwt for the issuer", async () => {
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  const key = await crypto.subtle.importKey("jwk", clients.key.jwk, algorithm, false, ["sign"]);
  await clientCredentials(clients.key, oidc.PrivateKeyJwt(key));
});

await check("openid-client: a wrong secret is invalid_client", () =>
  assert.rejects(clientCredentials(clients.basic, oidc.ClientSecretBasic("wrong")), (error) => {
    // Its challenge (RFC 6749 §5.2) is understood, or its body is.
    return error.status === 401 && (error.error ?? error.cause?.[0]?.scheme) !== undefined;
  }));

const scope = "openid profile email offline_access";
const signIn = async () => {
  const { url, checks } = await beginCodeFlow(config, { scope, redirect_uri: world.callback });
  return { checks, callback: await new Person(person.login, person.password).visit(url) };
};
const redeem = ({ callback, checks }) =>
  oidc.authorizationCodeGrant(config, callback, { ...checks, idTokenExpected: true });

let tokens;

await check("openid-client: authorization code, PKCE, nonce, signed ID token", async () => {
  tokens = await redeem(await signIn());
  const claims = tokens.claims();
  assert.deepEqual([claims.iss, claims.sub, claims.aud], [issuer, person.id, clients.basic.id]);
  assert.ok(tokens.refresh_token);
});

await check("openid-client: the answer names its issuer, and no other is believed", async () => {
  const came = await signIn();
  assert.equal(came.callback.searchParams.get("iss"), issuer);
  for (const iss of ["https://evil.example", null]) {
    const forged = new URL(came.callback);
    if (iss) forged.searchParams.set("iss", iss);
    else forged.searchParams.delete("iss");
    await assert.rejects(redeem({ ...came, callback: forged }), ({ cause }) => /"iss" \(issuer\)/.test(cause?.message));
  }
  await redeem(came);
});

await check("openid-client: a code works once, and only with its verifier", async () => {
  const [came, other] = [await signIn(), await signIn()];
  const mixed = { ...came.checks, pkceCodeVerifier: other.checks.pkceCodeVerifier };
  await assert.rejects(redeem({ ...came, checks: mixed }), refusedWith("invalid_grant"));
  await redeem(other);
  await assert.rejects(redeem(other), refusedWith("invalid_grant"));
});

await check("openid-client: userinfo", async () => {
  const claims = await oidc.fetchUserInfo(config, tokens.access_token, person.id);
  assert.deepEqual([claims.name, claims.email], [person.name, person.login]);
});

await check("openid-client: refresh rotates, and renews the ID token", async () => {
  const before = tokens;
  tokens = await oidc.refreshTokenGrant(config, before.refresh_token);
  assert.notEqual(tokens.refresh_token, before.refresh_token);
  assert.equal(tokens.claims().sub, person.id);
  assert.equal(tokens.claims().auth_time, before.claims().auth_time);
});

await check("openid-client: token exchange", async () => {
  const exchanged = await oidc.genericGrantRequest(config, TOKEN_EXCHANGE, {
    subject_token: tokens.access_token,
    subject_token_type: ACCESS_TOKEN,
    resource,
    scope: "entries.read",
  });
  assert.equal(exchanged.issued_token_type, ACCESS_TOKEN);
  const claims = claimsOf(exchanged.access_token);
  assert.deepEqual([claims.sub, claims.act.sub, claims.aud], [person.id, world.agent, resource]);
});

await check("openid-client: introspection", async () => {
  const [access, refresh] = [tokens.access_token, tokens.refresh_token];
  const answer = await oidc.tokenIntrospection(config, access, { token_type_hint: "access_token" });
  assert.deepEqual([answer.active, answer.iss, answer.sub], [true, issuer, person.id]);
  assert.equal((await oidc.tokenIntrospection(config, refresh)).active, true);
  assert.deepEqual({ ...(await oidc.tokenIntrospection(config, "nonsense")) }, { active: false });
});

await check("openid-client: revocation ends the refresh token and what came of it", async () => {
  await oidc.tokenRevocation(config, tokens.refresh_token, { token_type_hint: "refresh_token" });
  assert.equal((await oidc.tokenIntrospection(config, tokens.access_token)).active, false);
  await assert.rejects(oidc.refreshTokenGrant(config, tokens.refresh_token), refusedWith("invalid_grant"));
  await assert.rejects(oidc.fetchUserInfo(config, tokens.access_token, person.id), /./);
  await oidc.tokenRevocation(config, "nonsense");
});

await check("openid-client: RP-initiated logout leads back with the state", async () => {
  const url = oidc.buildEndSessionUrl(config, {
    id_token_hint: tokens.id_token,
    post_logout_redirect_uri: world.goodbye,
    state: "farewell",
  });
  assert.equal((await new Person().visit(url)).href, `${world.goodbye}?state=farewell`);
});

finish();
