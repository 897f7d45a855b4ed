// oidc-client-ts (npm) in a real Chromium, with the server's own pages between sign-in and callback. The pages must do
// without scripts, and may not make the browser complain.

import assert from "node:assert/strict";
import { chromium } from "playwright-core";
import * as oidc from "openid-client";
import { check, finish } from "./check.mjs";
import { servePage } from "./page.mjs";
import { addPerson, beginCodeFlow, discover, manage, readWorld } from "./world.mjs";

const PATIENCE = 15_000;
const world = readWorld();
const { issuer } = world;
const api = await manage(world);
// The person of the world has consented to the agent long ago; this one has not.
const person = await addPerson(api, "noor@strangers.example", "Noor Hakimi");
const site = await servePage();
const callback = `${site.origin}/callback`;
const goodbye = `${site.origin}/goodbye`;

const client = await addClient("support page");
site.settings = {
  authority: issuer,
  client_id: client,
  redirect_uri: callback,
  post_logout_redirect_uri: goodbye,
  scope: "openid profile email offline_access",
  loadUserInfo: true,
  automaticSilentRenew: false,
};

const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
});

/** A public client of the agent, run from the page. */
async function addClient(name) {
  const made = await api.call("POST", "/clients", {
    name,
    agent: world.agent,
    auth: "none",
    grants: ["authorization_code", "refresh_token"],
    redirect_uris: [callback],
    post_logout_redirect_uris: [goodbye],
  });
  return made.id;
}

/** A browser without history; whatever it writes to its console as an error is kept, and fails the case. */
async function open(options = {}) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  const complaints = [];
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  return { page, context, complaints };
}

const inBrowser = (name, visit, body) =>
  check(name, async () => {
    const { page, complaints } = visit;
    try {
      await body(page);
    } catch (error) {
      // Time runs out on a page that the browser refused to leave: what it said about that comes first.
      throw new Error([...complaints.splice(0), `at ${page.url().split("?")[0]}`].join("\n"), { cause: error });
    }
    assert.deepEqual(complaints.splice(0), []);
  });

async function signIn(page) {
  await page.getByLabel("Login name").fill(person.login);
  await page.getByLabel("Password").fill(person.password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

async function allow(page) {
  await page.getByRole("heading", { name: "quill wants to act for you" }).waitFor();
  await page.getByRole("button", { name: "Allow" }).click();
}

/** Not awaited inside: the page is left before the promise is kept. */
const redirectToSignIn = (page) => page.evaluate(() => void window.manager.signinRedirect());

/** What the page knows of its user. */
const userOf = (page, method) =>
  page.evaluate(async (name) => {
    const { id_token, access_token, refresh_token, profile } = await window.manager[name]();
    return { id_token, access_token, refresh_token, profile };
  }, method);

const visit = await open();
let user;

await inBrowser("oidc-client-ts: sign-in page, consent page, callback", visit, async (page) => {
  await page.goto(site.origin);
  await redirectToSignIn(page);
  await signIn(page);
  await allow(page);
  await page.waitForURL(`${callback}?*`);
  user = await userOf(page, "signinRedirectCallback");
  assert.ok(user.id_token && user.access_token && user.refresh_token);
  const { sub, name, email } = user.profile;
  assert.deepEqual([sub, name, email], [person.id, person.name, person.login]);
});

await inBrowser("oidc-client-ts: silent renewal by refresh token", visit, async (page) => {
  const renewed = await userOf(page, "signinSilent");
  assert.notEqual(renewed.access_token, user.access_token);
  assert.notEqual(renewed.refresh_token, user.refresh_token);
  assert.equal(renewed.profile.sub, person.id);
});

await inBrowser("oidc-client-ts: the page revokes its tokens", visit, async (page) => {
  await page.evaluate(() => window.manager.revokeTokens());
  const config = await discover(issuer, client, oidc.None());
  await assert.rejects(oidc.fetchUserInfo(config, user.access_token, person.id), { status: 401 });
});

await inBrowser("oidc-client-ts: sign-out leads back with its state, and ends the session", visit, async (page) => {
  await page.evaluate(() => void window.manager.signoutRedirect({ state: "farewell" }));
  await page.waitForURL(`${goodbye}?*`);
  const state = await page.evaluate(async () => (await window.manager.signoutRedirectCallback()).userState);
  assert.equal(state, "farewell");
  await page.goto(`${issuer}/`);
  await page.waitForURL(`${issuer}/sign-in`);
});

await inBrowser("oidc-client-ts: the next sign-in needs no consent, and leads straight back", visit, async (page) => {
  await page.goto(site.origin);
  await redirectToSignIn(page);
  await signIn(page);
  await page.waitForURL(`${callback}?*`);
  assert.equal((await userOf(page, "signinRedirectCallback")).profile.sub, person.id);
});

await visit.context.close();

/** The whole way with the browser as it comes, and the code redeemed by openid-client. */
async function walk(page, parameters, onward = () => {}) {
  const config = await discover(issuer, client, oidc.None());
  const request = { scope: "openid", redirect_uri: callback, prompt: "consent", ...parameters };
  const { url, checks } = await beginCodeFlow(config, request);
  await page.goto(url.href);
  await signIn(page);
  await allow(page);
  await onward(page);
  await page.waitForURL((at) => at.href.startsWith(callback));
  const came = parameters.response_mode ? new URL(`${callback}?${site.posted.pop()}`) : new URL(page.url());
  const tokens = await oidc.authorizationCodeGrant(config, came, checks);
  assert.equal(tokens.claims().sub, person.id);
}

const pressContinue = (page) => page.getByRole("button", { name: "Continue" }).click();

const WAYS = [
  ["the pages work without scripts", { javaScriptEnabled: false }, {}],
  ["form_post sends itself on", {}, { response_mode: "form_post" }],
  ["form_post works without scripts", { javaScriptEnabled: false }, { response_mode: "form_post" }, pressContinue],
];
for (const [name, options, parameters, onward] of WAYS) {
  const visit = await open(options);
  await inBrowser(`chromium: ${name}`, visit, (page) => walk(page, parameters, onward));
  await visit.context.close();
}

await browser.close();
site.close();
finish();
