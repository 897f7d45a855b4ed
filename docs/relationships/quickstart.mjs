// OpenFGA's own client for JavaScript, against a store of this server:
//
//   chancery admin stores create drive
//   chancery admin stores add-key STORE quickstart --level manage
//   FGA_API_URL=https://id.example/fga FGA_STORE_ID=STORE FGA_API_TOKEN=KEY node quickstart.mjs

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { ConsistencyPreference, CredentialsMethod, OpenFgaClient } from "@openfga/sdk";

const { FGA_API_URL: apiUrl, FGA_STORE_ID: storeId, FGA_API_TOKEN: token } = process.env;
const fga = new OpenFgaClient({
  apiUrl,
  storeId,
  credentials: { method: CredentialsMethod.ApiToken, config: { token } },
});

// A model: it is checked whole, and never changes once it is written.
const model = JSON.parse(readFileSync(new URL("model.json", import.meta.url), "utf8"));
const { authorization_model_id: authorizationModelId } = await fga.writeAuthorizationModel(model);
const { authorization_model: read } = await fga.readAuthorizationModel({ authorizationModelId });
assert.equal(read.id, authorizationModelId);
const { authorization_models: models } = await fga.readAuthorizationModels();
assert.equal(models[0].id, authorizationModelId, "newest first");

// Anne is of sales, sales reads the folder, the plan is in the folder. An agent reads it for an hour.
const until = new Date(Date.now() + 3_600_000).toISOString();
await fga.write({
  writes: [
    { user: "user:anne", relation: "member", object: "group:sales" },
    { user: "group:sales#member", relation: "viewer", object: "folder:q3" },
    { user: "folder:q3", relation: "parent", object: "document:plan" },
    {
      user: "agent:helper",
      relation: "viewer",
      object: "document:plan",
      condition: { name: "in_time", context: { until } },
    },
  ],
});

const may = async (user, context) =>
  (await fga.check({ user, relation: "can_read", object: "document:plan", context })).allowed;
assert.equal(await may("user:anne"), true);
assert.equal(await may("user:bob"), false);
assert.equal(await may("agent:helper", { now: new Date().toISOString() }), true);
assert.equal(await may("agent:helper", { now: "2199-01-01T00:00:00Z" }), false);
await assert.rejects(may("agent:helper"), /missing context parameters/);

// From the answer to a write on, nobody hears the old answer.
await fga.write({ writes: [{ user: "user:anne", relation: "blocked", object: "document:plan" }] });
assert.equal(await may("user:anne"), false);
await fga.write({ deletes: [{ user: "user:anne", relation: "blocked", object: "document:plan" }] });
assert.equal(await may("user:anne"), true);

// What stands already is refused, or ignored where that is asked for.
const again = { user: "user:anne", relation: "member", object: "group:sales" };
await assert.rejects(fga.write({ writes: [again] }), /already exist/);
await fga.write({ writes: [again] }, { conflict: { onDuplicateWrites: "ignore" } });

// Many questions at once.
const { result } = await fga.batchCheck({
  checks: ["user:anne", "user:bob"].map((user) => ({ user, relation: "can_read", object: "document:plan" })),
});
// The client names each question by a number of chance, and gives the answers in the order of these.
const allowed = Object.fromEntries(result.map((one) => [one.request.user, one.allowed]));
assert.deepEqual(allowed, { "user:anne": true, "user:bob": false });

// What, who, and why.
const { objects } = await fga.listObjects(
  { user: "user:anne", relation: "can_read", type: "document" },
  { consistency: ConsistencyPreference.HigherConsistency },
);
assert.deepEqual(objects, ["document:plan"]);
const streamed = [];
for await (const one of fga.streamedListObjects({ user: "user:anne", relation: "can_read", type: "document" })) {
  streamed.push(one.object);
}
assert.deepEqual(streamed, objects);
const { users } = await fga.listUsers({
  object: { type: "folder", id: "q3" },
  relation: "viewer",
  user_filters: [{ type: "user" }],
});
assert.deepEqual(users, [{ object: { type: "user", id: "anne" } }]);
const { tree } = await fga.expand({ relation: "can_read", object: "document:plan" });
assert.equal(tree.root.name, "document:plan#can_read");

// Tuples as they stand, and all that became of them.
const { tuples } = await fga.read({ object: "document:plan" });
assert.equal(tuples.length, 2);
const { changes, continuation_token: continuationToken } = await fga.readChanges();
assert.equal(changes.length, 6);
assert.equal((await fga.readChanges(undefined, { continuationToken })).changes.length, 0);

// What the authors of the model expect of it.
await fga.writeAssertions(
  [{ user: "user:anne", relation: "can_read", object: "document:plan", expectation: true }],
  { authorizationModelId },
);
const { assertions } = await fga.readAssertions({ authorizationModelId });
assert.equal(assertions[0].expectation, true);
console.log("the quickstart for JavaScript went through");
