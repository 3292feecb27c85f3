// Runs the audits of GraphQL over HTTP of the npm package graphql-http against a running server:
//
//   npm install --prefix /tmp/audit graphql-http@1.23.1 graphql@16
//   echo 'enabled = false' > /tmp/audit/limits.toml      # more requests than one address has a minute
//   recsys demo --port 8000 --limits /tmp/audit/limits.toml
//   cp recsys-server/tests/clients/audit.mjs /tmp/audit && node /tmp/audit/audit.mjs http://127.0.0.1:8000/graphql
//
// Prints what is not as it should be, and the counts; fails on errors and warnings.
import { serverAudits } from 'graphql-http';

const url = process.argv[2] ?? 'http://127.0.0.1:8000/graphql';
const counts = {};
for (const audit of serverAudits({ url, fetchFn: fetch })) {
  const result = await audit.fn();
  counts[result.status] = (counts[result.status] ?? 0) + 1;
  if (result.status !== 'ok') {
    console.log(result.status, audit.id, audit.name, String(result.reason).split('\n')[0]);
  }
}
console.log(counts);
process.exit(counts.error || counts.warn ? 1 : 0);
