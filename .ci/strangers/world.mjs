// The world that the strangers meet: an organization, a person, a system, and an agent with three clients. As a program
// it makes all that on an empty server, and prints what the strangers need to know of it:
//   node world.mjs SETUP_LINK > world.json

import { readFileSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { pathToFileURL } from "node:url";
import * as oidc from "openid-client";
import { Person } from "./person.mjs";

export const TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
export const ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token";

export const readWorld = () => JSON.parse(readFileSync(process.env.STRANGERS_WORLD, "utf8"));

/** openid-client's view of the server. It wants TLS, which loopback does without. */
export async function discover(issuer, clientId, auth, algorithm = "oidc") {
  const options = { algorithm, execute: [oidc.allowInsecureRequests] };
  const config = await oidc.discovery(new URL(issuer), clientId, undefined, auth, options);
  // Signatures of ID tokens are checked too, although they came from the token endpoint.
  oidc.enableNonRepudiationChecks(config);
  return config;
}

/** Begins a code flow: the address for the browser, and the checks for what comes back. */
export async function beginCodeFlow(config, parameters) {
  const pkceCodeVerifier = oidc.randomPKCECodeVerifier();
  const checks = { pkceCodeVerifier, expectedState: oidc.randomState(), expectedNonce: oidc.randomNonce() };
  const url = oidc.buildAuthorizationUrl(config, {
    code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: "S256",
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    ...parameters,
  });
  return { url, checks };
}

/** The management API, with a token got as `chancery admin login` gets it: the built-in public client, and PKCE. */
export async function manage({ issuer, administrator }) {
  const document = await (await fetch(`${issuer}/.well-known/oauth-authorization-server`)).json();
  const config = await discover(issuer, document.chancery_command_line_client, oidc.None());
  const resource = `${issuer}/api/v1`;
  // RFC 8252 §7.3: any port. Nobody listens there, because the scripted person hands the answer over.
  const redirect_uri = "http://127.0.0.1:49152/callback";
  const { url, checks } = await beginCodeFlow(config, { scope: "openid", resource, redirect_uri });
  const callback = await new Person(administrator.login, administrator.password).visit(url);
  const { access_token } = await oidc.authorizationCodeGrant(config, callback, checks, { resource });
  const to = (method, path, body, base = resource) => call(`${base}${path}`, access_token, method, body);
  return { resource, call: to };
}

async function call(url, token, method, body) {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const response = await fetch(url, { method, headers, body: JSON.stringify(body) });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${url} answered ${response.status}: ${text}`);
  return text ? JSON.parse(text) : null;
}

const password = () => randomBytes(24).toString("base64url");

async function setUp(link) {
  const login = "ines@strangers.example";
  const administrator = { login, password: password() };
  const answer = await new Person().submit(link, {
    title: "Strangers",
    slug: "strangers",
    login,
    email: login,
    password: administrator.password,
    password_again: administrator.password,
  });
  if (answer.next === null) throw new Error(`the setup page answered ${answer.status}: ${answer.html}`);
  return { issuer: new URL(link).origin, administrator };
}

export async function addPerson(api, login, name) {
  const person = { login, password: password() };
  const body = { ...person, email: login, display_name: name };
  return { ...person, id: (await api.call("POST", "/users", body)).id, name };
}

async function addLedger(api) {
  const scopes = [{ name: "entries.read", title: "read entries", action: "read", tier: "auto" }];
  const resource = "https://ledger.strangers.example";
  return api.call("POST", "/applications", { name: "Ledger", resource, scopes, dual_subject: "agent_only" });
}

async function addAgent(api, person) {
  const body = { name: "quill", purpose: "keeps the ledger", owners: [person.id], sponsor: person.id };
  return (await api.call("POST", "/agents", body)).id;
}

/** One client of the agent for each way in which a client proves itself. */
async function addClients(api, agent) {
  const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
  const [jwk, publicJwk] = await Promise.all(
    [pair.privateKey, pair.publicKey].map((key) => crypto.subtle.exportKey("jwk", key)),
  );
  const grants = ["authorization_code", "refresh_token", "client_credentials", TOKEN_EXCHANGE];
  const redirects = { redirect_uris: [CALLBACK], post_logout_redirect_uris: [GOODBYE] };
  const add = async (auth, more) => {
    const made = await api.call("POST", "/clients", { name: auth, agent, auth, grants, ...redirects, ...more });
    return { id: made.id, secret: made.client_secret };
  };
  return {
    basic: await add("client_secret_basic"),
    post: await add("client_secret_post"),
    key: { ...(await add("private_key_jwt", { jwks: [{ ...publicJwk, alg: "ES256" }] })), jwk },
  };
}

const CALLBACK = "https://quill.strangers.example/callback";
const GOODBYE = "https://quill.strangers.example/goodbye";

async function create(link) {
  const base = await setUp(link);
  const api = await manage(base);
  const person = await addPerson(api, "mira@strangers.example", "Mira Sorensen");
  const ledger = await addLedger(api);
  const agent = await addAgent(api, person);
  for (const principal of [person.id, agent]) {
    await api.call("POST", "/assignments", { principal, application: ledger.id });
  }
  const clients = await addClients(api, agent);
  // An agent begins to work when somebody says so, and no earlier than it can prove itself.
  await api.call("POST", `/agents/${agent}/stage`, { stage: "active", why: "ready for work" });
  return { ...base, person, agent, clients, resource: ledger.resource, callback: CALLBACK, goodbye: GOODBYE };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  console.log(JSON.stringify(await create(process.argv[2])));
}
