// A support agent's page, as somebody would write it with oidc-client-ts: a browser program without a server behind it.

import { createServer } from "node:http";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const packaged = createRequire(import.meta.url).resolve("oidc-client-ts");
const library = readFileSync(packaged.replace("umd", "browser"));

/** Serves the page on a free port of localhost. `posted` holds the form posts it got (response_mode=form_post). */
export async function servePage() {
  const site = { settings: {}, posted: [] };
  const server = createServer(async (request, response) => {
    const path = request.url.split("?")[0];
    if (request.method === "POST") site.posted.push(await read(request));
    if (path === "/oidc-client-ts.js") response.setHeader("content-type", "text/javascript").end(library);
    else if (path === "/favicon.ico") response.writeHead(204).end();
    else response.setHeader("content-type", "text/html").end(html(site.settings));
  });
  server.listen(0, "localhost");
  await once(server, "listening");
  site.origin = `http://localhost:${server.address().port}`;
  site.close = () => server.close();
  return site;
}

async function read(request) {
  let body = "";
  for await (const chunk of request) body += chunk;
  return new URLSearchParams(body);
}

const html = (settings) => `<!DOCTYPE html><html lang="en"><title>Support</title><h1>Support</h1>
<script src="/oidc-client-ts.js"></script>
<script>window.manager = new oidc.UserManager(${JSON.stringify(settings)});</script></html>`;
