// Follows all subscriptions with the npm client graphql-ws, restarts the server, and follows on.
//
//   cargo build -p recsys-server
//   cd recsys-server/tests/clients
//   npm install --no-save --no-package-lock graphql@16 graphql-ws@6 ws@8
//   node subscriptions.mjs ../../../target/debug/recsys
//
// Ends with 0 when everything was heard.

import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

const recsys = process.argv[2] ?? '../../../target/debug/recsys';
const data = mkdtempSync(join(tmpdir(), 'recsys-clients-'));
process.on('exit', () => rmSync(data, { recursive: true, force: true }));
// Everything takes milliseconds; whoever is still here then has waited for nothing.
setTimeout(() => fail('something was not heard within a minute'), 60_000).unref();

function fail(message) {
  console.error(message);
  server?.kill('SIGKILL');
  process.exit(1);
}

/** Starts the server on a port (0: any) and returns where it listens. */
let server;
async function serve(port) {
  server = spawn(recsys, ['--data', data, 'serve', '--json', '--port', port], { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of createInterface({ input: server.stdout })) return new URL(JSON.parse(line).url);
  fail('the server did not start');
}

async function ask(url, token, query) {
  const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) };
  const answer = await (await fetch(new URL('/graphql', url), { method: 'POST', headers, body: JSON.stringify({ query }) })).json();
  return answer.errors ? fail(JSON.stringify(answer.errors)) : answer.data;
}

execFileSync(recsys, ['--data', data, 'tenant', 'create', '--domain', 'clients', '--name', 'Clients']);
const url = await serve('0');
const registration = `mutation { register(input: { email: "ada@example.org", username: "Ada", password: "correct horse",
  tenantDomain: "clients" }) { accessToken } }`;
const token = (await ask(url, null, registration)).register.accessToken;
const items = (await ask(url, token, 'mutation { createItems(inputs: [{ title: "Kettle" }, { title: "Lamp" }]) { id } }')).createItems;
const buy = (id) => ask(url, token, `mutation { recordInteraction(input: { itemId: "${id}", interactionType: "purchase" }) { id } }`);
await buy(items[0].id);
const job = (await ask(url, token, 'mutation { trainModel(algorithm: "popularity") { id } }')).trainModel.id;

const connections = [];
const client = createClient({
  url: `ws://${url.host}/graphql`,
  webSocketImpl: WebSocket,
  connectionParams: () => ({ Authorization: `Bearer ${token}` }),
  retryAttempts: 20,
  on: {
    connected: () => connections.push('connected'),
    closed: ({ code }) => connections.push(code),
  },
});

/** Follows a subscription; `heard` has everything it said. */
function follow(query) {
  const subscription = { heard: [], completed: false, waiting: [] };
  client.subscribe({ query: `subscription { ${query} }` }, {
    next: ({ data, errors }) => {
      if (errors) fail(JSON.stringify(errors));
      subscription.heard.push(data);
      subscription.waiting.splice(0).forEach((wake) => wake());
    },
    error: (error) => fail(`${query}: ${JSON.stringify(error.reason ?? error)}`),
    complete: () => { subscription.completed = true; },
  });
  return subscription;
}

/** Waits until a subscription has said more than `count` things; acts meanwhile if it is told to. */
async function hears(subscription, count, act) {
  while (subscription.heard.length <= count) {
    if (act) await act();
    else await new Promise((wake) => subscription.waiting.push(wake));
  }
  console.log('heard', JSON.stringify(subscription.heard.at(-1)));
}

const lists = follow('recommendationUpdates { rank item { title } }');
const trends = follow('trendingItems { item { title } interactionCount }');
const training = follow(`trainingProgress(jobId: "${job}") { status progress }`);
const atItem = follow(`itemInteractions(itemId: "${items[1].id}") { interactionType user { username } }`);
const activity = follow('userActivity { kind interaction { item { title } } }');
const updates = follow('tenantItemUpdates { title }');
await hears(lists, 0);
await hears(trends, 0);
await hears(training, 0);
await hears(atItem, 0, () => buy(items[1].id));
await hears(activity, 0, () => buy(items[1].id));
await hears(updates, 0, () => ask(url, token, 'mutation { createItem(input: { title: "Spoon" }) { id } }'));
while (!training.completed) await new Promise((wake) => setTimeout(wake, 10));
console.log('completed after', JSON.stringify(training.heard.at(-1)));

const before = lists.heard.length;
server.kill('SIGTERM');
await once(server, 'exit');
while (connections.at(-1) === 'connected') await new Promise((wake) => setTimeout(wake, 10));
console.log('stopped: the client saw', connections.at(-1));
if (connections.at(-1) !== 1001) fail('expected 1001');
await serve(url.port);
await hears(lists, before);
await hears(updates, updates.heard.length, () => ask(url, token, 'mutation { createItem(input: { title: "Fork" }) { id } }'));
if (connections.filter((it) => it === 'connected').length < 2) fail('the client did not connect again');
console.log('all was heard');
await client.dispose();
server.kill('SIGTERM');
await once(server, 'exit');
