// OpenFGA's own clients, unchanged, run the examples of docs/relationships against the real server: each against a store
// of its own, with a pre-shared key. The one for JavaScript also signs in with a client's credentials. OpenFGA's command
// does what its manual shows.
//   node openfga.mjs EXAMPLES PYTHON

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
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

const MODEL = `model
  schema 1.1
type user
type group
  relations
    define member: [user]
type document
  relations
    define owner: [user]
    define viewer: [user, group#member] or owner
`;

/** Everything the command does in a store: models in text, tuples, each kind of question, and expectations as tests. */
async function command() {
  const { FGA_API_URL: url, FGA_STORE_ID: store, FGA_API_TOKEN: token } = await opened("command");
  const program = join(dirname(python), "fga");
  const fga = (...words) => {
    const options = ["--api-url", url, "--api-token", token, "--store-id", store];
    const done = spawnSync(program, [...words, ...options], { cwd: examples, encoding: "utf8", timeout: 60_000 });
    assert.equal(done.status, 0, `fga ${words.join(" ")}\n${done.stdout}${done.stderr}`);
    return JSON.parse(done.stdout.startsWith("model") ? JSON.stringify(done.stdout) : done.stdout || "null");
  };
  writeFileSync(join(examples, "command.fga"), MODEL);
  const written = fga("model", "write", "--file", "command.fga");
  assert.equal(fga("model", "get", "--format", "fga").replaceAll(/\n+/g, "\n"), MODEL, "the same text comes back");
  assert.equal(fga("model", "list").authorization_models[0].id, written.authorization_model_id);
  for (const tuple of ["user:anne owner document:plan", "group:eng#member viewer document:plan", "user:bob member group:eng"]) {
    fga("tuple", "write", ...tuple.split(" "));
  }
  const asks = (user) => fga("query", "check", user, "viewer", "document:plan").allowed;
  assert.deepEqual(["user:anne", "user:bob", "user:eve"].map(asks), [true, true, false]);
  assert.deepEqual(fga("query", "list-objects", "user:bob", "viewer", "document").objects, ["document:plan"]);
  const users = fga("query", "list-users", "--object", "document:plan", "--relation", "viewer", "--user-filter", "user").users;
  assert.deepEqual(users.map((one) => one.object.id).sort(), ["anne", "bob"]);
  const [direct, computed] = fga("query", "expand", "viewer", "document:plan").tree.root.union.nodes;
  assert.deepEqual(direct.leaf.users.users, ["group:eng#member"]);
  assert.equal(computed.leaf.computed.userset, "document:plan#owner");
  const relations = fga("query", "list-relations", "user:anne", "document:plan").relations;
  assert.deepEqual(relations.sort(), ["owner", "viewer"]);
  assert.equal(fga("tuple", "read", "--object", "document:plan").tuples.length, 2);
  fga("tuple", "delete", "user:bob", "member", "group:eng");
  assert.equal(asks("user:bob"), false, "at once");
  assert.equal(fga("tuple", "changes").changes.length, 4);
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
  "OpenFGA's command": command,
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
