// OpenFGA's own clients, unchanged, run the examples of docs/relationships against the real server: each against a store
// of its own, with a pre-shared key. The one for JavaScript also signs in with a client's credentials.
//   node openfga.mjs EXAMPLES PYTHON

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { CredentialsMethod, OpenFgaClient } from "@openfga/sdk";
import { manage, readWorld } from "./world.mjs";

const [examples, python] = process.argv.slice(2);
const world = readWorld();
const api = await manage(world);
const fga = new URL("/fga", world.issuer).href;
const related = (method, path, body) => api.call(method, path, body, fga);

async function opened(name) {
  const { id } = await related("POST", "/stores", { name });
  const { key } = await related("POST", `/stores/${id}/keys`, { name, level: "manage" });
  return { FGA_API_URL: fga, FGA_STORE_ID: id, FGA_API_TOKEN: key };
}

async function example(program, file) {
  const env = { ...process.env, ...(await opened(file)) };
  const done = spawnSync(program, [file], { cwd: examples, env, encoding: "utf8", timeout: 120_000 });
  assert.equal(done.status, 0, `${file}\n${done.stdout}${done.stderr}`);
}

/** A tool of the organization, by its own credentials: the client gets its token from this server itself. */
async function byCredentials() {
  const tool = await api.call("POST", "/clients", {
    name: "relations",
    auth: "client_secret_post",
    grants: ["client_credentials"],
  });
  const applications = (await api.call("GET", "/applications")).items;
  const own = applications.find((one) => one.resource === api.resource);
  const scopes = "relations.read relations.write relations.manage";
  await api.call("POST", "/assignments", { principal: tool.id, application: own.id, scopes });
  const config = {
    apiTokenIssuer: world.issuer,
    apiAudience: api.resource,
    clientId: tool.id,
    clientSecret: tool.client_secret,
  };
  const client = new OpenFgaClient({
    apiUrl: fga,
    credentials: { method: CredentialsMethod.ClientCredentials, config },
  });
  const { id } = await client.createStore({ name: "by credentials" });
  assert.equal((await client.getStore({ storeId: id })).name, "by credentials");
  assert.ok((await client.listStores()).stores.some((store) => store.id === id));
  await client.deleteStore({ storeId: id });
  await assert.rejects(client.getStore({ storeId: id }));
}

const cases = {
  "the example for JavaScript": () => example("node", "quickstart.mjs"),
  "the example for Python": () => example(python, "quickstart.py"),
  "stores, by a client's credentials": byCredentials,
};

let failed = 0;
for (const [n, [name, run]] of Object.entries(cases).entries()) {
  try {
    await run();
    console.log(`ok ${n + 1} - openfga: ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`not ok ${n + 1} - openfga: ${name}\n  # ${String(error.stack ?? error).replaceAll("\n", "\n  # ")}`);
  }
}
console.log(`1..${Object.keys(cases).length}`);
process.exit(failed ? 1 : 0);
