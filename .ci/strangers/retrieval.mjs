// The example of docs/retrieval against the real server, with a store and a key of its own: real embeddings, and a real
// PostgreSQL with pgvector, which the Python package pgserver carries.
//   node retrieval.mjs EXAMPLE PYTHON

import { spawnSync } from "node:child_process";
import { manage, readWorld } from "./world.mjs";

const [example, python] = process.argv.slice(2);
const world = readWorld();
const api = await manage(world);
const fga = new URL("/fga", world.issuer).href;
const { id } = await api.call("POST", "/stores", { name: "retrieval" }, fga);
const { key } = await api.call("POST", `/stores/${id}/keys`, { name: "example", level: "manage" }, fga);
const env = { ...process.env, FGA_API_URL: fga, FGA_STORE_ID: id, FGA_API_TOKEN: key };
const done = spawnSync(python, ["example.py"], { cwd: example, env, encoding: "utf8", timeout: 110_000 });
const said = `${done.stdout}${done.stderr}`.replaceAll("\n", "\n  # ");
console.log(`${done.status === 0 ? "ok" : "not ok"} 1 - retrieval: the example\n  # ${said}`);
console.log("1..1");
process.exit(done.status === 0 ? 0 : 1);
