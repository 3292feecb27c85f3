// The npm client graphql-ws, with everything over the socket. How to run it: scenario.mjs.

import { createClient } from 'graphql-ws';
import { fail, scenario } from './scenario.mjs';

await scenario((url, token, options) => {
  const client = createClient(options);
  return {
    ask: async (query, variables) => {
      for await (const { data, errors } of client.iterate({ query, variables })) {
        return errors ? fail(JSON.stringify(errors)) : data;
      }
    },
    follow: (query, sink) => client.subscribe({ query }, {
      ...sink,
      next: ({ data, errors }) => (errors ? sink.error(errors) : sink.next(data)),
    }),
    close: () => client.dispose(),
  };
});
