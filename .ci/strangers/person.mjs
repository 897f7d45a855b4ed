// A person at a browser without scripts: follows redirects, keeps cookies, fills in the real pages.
//
// As a program it signs the person of the world in at an authorization URL, and prints where the browser was sent:
//   node person.mjs URL

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const MOST_STEPS = 12;

export class Person {
  #cookies = new Map();

  constructor(login, password) {
    Object.assign(this, { login, password });
  }

  /** Opens an address of the server and answers its pages until it sends the browser elsewhere. */
  async visit(url) {
    const home = new URL(url).origin;
    let answer = await this.#fetch(new URL(url));
    for (let step = 0; step < MOST_STEPS; step++) {
      if (!answer.next) answer = await this.#fillIn(answer);
      else if (answer.next.origin !== home) return answer.next;
      else answer = await this.#fetch(answer.next);
    }
    throw new Error(`the pages do not come to an end at ${answer.url.pathname}`);
  }

  /** Opens a page and sends its form. */
  async submit(url, values) {
    return this.#send(await this.#fetch(new URL(url)), values);
  }

  #fillIn(page) {
    if (page.html.includes('name="password"')) {
      return this.#send(page, { login: this.login, password: this.password });
    }
    if (page.html.includes('name="answer"')) return this.#send(page, { answer: "allow" });
    throw new Error(`${page.url.pathname} answered ${page.status}: ${words(page.html)}`);
  }

  #send(page, values) {
    const form = page.html.match(/<form method="post" action="([^"]*)".*?<\/form>/s);
    if (!form) throw new Error(`${page.url.pathname} answered ${page.status}, without a form: ${words(page.html)}`);
    const body = new URLSearchParams();
    for (const [, name, value] of form[0].matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)) {
      body.set(decode(name), decode(value));
    }
    for (const [name, value] of Object.entries(values)) body.set(name, value);
    return this.#fetch(new URL(decode(form[1]), page.url), { method: "POST", body });
  }

  async #fetch(url, init = {}) {
    const cookie = [...this.#cookies].map((pair) => pair.join("=")).join("; ");
    const response = await fetch(url, { ...init, headers: cookie ? { cookie } : {}, redirect: "manual" });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = line.match(/^([^=]*)=([^;]*)/);
      if (value) this.#cookies.set(name, value);
      else this.#cookies.delete(name);
    }
    const location = response.headers.get("location");
    const next = location === null ? null : new URL(location, url);
    return { url, next, status: response.status, html: await response.text() };
  }
}

const decode = (text) =>
  text.replaceAll("&quot;", '"').replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

const words = (html) => html.replace(/^.*<main[^>]*>/s, "").replace(/<[^>]*>/g, " ").replace(/\s+/g, " ").slice(0, 240);

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { person } = JSON.parse(readFileSync(process.env.STRANGERS_WORLD, "utf8"));
  console.log((await new Person(person.login, person.password).visit(process.argv[2])).href);
}
