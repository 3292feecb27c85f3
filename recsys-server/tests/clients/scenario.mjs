// What every client goes through: queries and mutations, all seven subscriptions, and a server that stops and comes
// back. A client is an adapter: see subscriptions.mjs, apollo.mjs and urql.mjs.
//
//   cargo build -p recsys-server
//   cd recsys-server/tests/clients
//   npm install --no-save --no-package-lock graphql@16 graphql-ws@6 ws@8 @apollo/client@4 rxjs@7 @urql/core@6
//   for client in subscriptions apollo urql; do node $client.mjs ../../../target/debug/recsys; done
//
// Each ends with 0 when everything was heard.

import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import WebSocket from 'ws';

const recsys = process.argv[2] ?? '../../../target/debug/recsys';
const data = mkdtempSync(join(tmpdir(), 'recsys-clients-'));
process.on('exit', () => rmSync(data, { recursive: true, force: true }));
// Everything takes milliseconds; whoever is still here then has waited for nothing.
setTimeout(() => fail('something was not heard within a minute'), 60_000).unref();

let server;
export function fail(message) {
  console.error(message);
  server?.kill('SIGKILL');
  process.exit(1);
}

/** Starts the server on a port (0: any) and returns where it listens. */
async function serve(port) {
  server = spawn(recsys, ['--data', data, 'serve', '--json', '--port', port], { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of createInterface({ input: server.stdout })) return new URL(JSON.parse(line).url);
  fail('the server did not start');
}

const soon = () => new Promise((wake) => setTimeout(wake, 10));

/**
 * Takes a client through everything. `connect` gets the address for HTTP, a token (or none) and the options for
 * graphql-ws, and returns
 * - `ask(text, variables)`: the data of a query or a mutation;
 * - `follow(text, sink)`: begins a subscription, of which `sink` is told in `next(data)`, `error(reason)`, `complete()`;
 * - `close()`.
 */
export async function scenario(connect) {
  execFileSync(recsys, ['--data', data, 'tenant', 'create', '--domain', 'clients', '--name', 'Clients']);
  const url = await serve('0');
  const connections = [];
  const open = (token) => connect(new URL('/graphql', url).href, token, {
    url: `ws://${url.host}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: () => (token ? { Authorization: `Bearer ${token}` } : {}),
    retryAttempts: 20,
    on: { connected: () => connections.push('connected'), closed: ({ code }) => connections.push(code) },
  });

  const visitor = await open();
  const session = await visitor.ask('mutation Register($input: RegisterInput!) { register(input: $input) { accessToken } }', {
    input: { email: 'ada@example.org', username: 'Ada', password: 'correct horse', tenantDomain: 'clients' },
  });
  await visitor.close();
  const client = await open(session.register.accessToken);
  const create = async (...titles) => (await client.ask('mutation Create($inputs: [ItemInput!]!) { createItems(inputs: $inputs) { id title } }', {
    inputs: titles.map((title) => ({ title })),
  })).createItems;
  const buy = (itemId) => client.ask('mutation Buy($input: InteractionInput!) { recordInteraction(input: $input) { id } }', {
    input: { itemId, interactionType: 'purchase' },
  });
  const items = await create('Kettle', 'Lamp');
  await buy(items[0].id);
  const found = await client.ask('query Items { me { username } items { title } recommendations { items { item { title } } } }', {});
  if (found.me.username !== 'Ada' || found.items.length !== 2) fail(`asked for items, got ${JSON.stringify(found)}`);
  console.log('asked', JSON.stringify(found));
  const job = (await client.ask('mutation Train { trainModel(algorithm: "popularity") { id } }', {})).trainModel.id;

  /** Follows a subscription; `heard` has everything it said. */
  function follow(text) {
    const subscription = { heard: [], completed: false, waiting: [] };
    client.follow(`subscription Followed { ${text} }`, {
      next: (entry) => {
        subscription.heard.push(entry);
        subscription.waiting.splice(0).forEach((wake) => wake());
      },
      error: (reason) => fail(`${text}: ${reason?.stack ?? JSON.stringify(reason)}`),
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
  const performance = follow('performanceMetricsStream(intervalSeconds: 1) { queryCount status }');
  for (const subscription of [lists, trends, training]) await hears(subscription, 0);
  await hears(performance, 1);
  for (const subscription of [atItem, activity]) await hears(subscription, 0, () => buy(items[1].id));
  await hears(updates, 0, () => create('Spoon'));
  while (!training.completed) await soon();
  console.log('completed after', JSON.stringify(training.heard.at(-1)));

  const counts = new Map([lists, trends, performance].map((subscription) => [subscription, subscription.heard.length]));
  const attempts = connections.filter((it) => it === 'connected').length;
  server.kill('SIGTERM');
  await once(server, 'exit');
  while (connections.at(-1) === 'connected') await soon();
  console.log('stopped: the client saw', connections.at(-1));
  if (connections.at(-1) !== 1001) fail('expected 1001');
  await serve(url.port);
  for (const [subscription, count] of counts) await hears(subscription, count);
  for (const subscription of [atItem, activity]) await hears(subscription, subscription.heard.length, () => buy(items[1].id));
  await hears(updates, updates.heard.length, () => create('Fork'));
  if (connections.filter((it) => it === 'connected').length <= attempts) fail('the client did not connect again');
  console.log('all was heard');
  await client.close();
  server.kill('SIGTERM');
  await once(server, 'exit');
}
