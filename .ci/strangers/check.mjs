// One line per case, as the Test Anything Protocol writes it.

import { stripVTControlCharacters } from "node:util";

let count = 0;
let failed = 0;

/** Runs one case; one that throws has failed, and the next one runs all the same. */
export async function check(name, body) {
  const number = ++count;
  try {
    await body();
    console.log(`ok ${number} - ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`not ok ${number} - ${name}`);
    for (const line of explain(error)) console.log(`  # ${line}`);
  }
}

/** What went wrong, with its causes: OAuth libraries keep the server's answer there. */
function explain(error) {
  const lines = [];
  for (let at = error; at instanceof Error; at = at.cause) {
    lines.push(...`${at.name}: ${stripVTControlCharacters(at.message)}`.trim().split("\n"));
    if (at.error) lines.push(`server: ${at.status ?? ""} ${at.error} ${at.error_description ?? ""}`);
    if (!(at.cause instanceof Error) && at.cause) lines.push(JSON.stringify(at.cause));
  }
  return lines.length ? lines.filter((line) => line.trim()) : [String(error)];
}

export function finish() {
  console.log(`1..${count}`);
  process.exitCode = failed ? 1 : 0;
}
