// urql: queries and mutations over HTTP, subscriptions over graphql-ws. How to run it: scenario.mjs.

import { Client, cacheExchange, fetchExchange, subscriptionExchange } from '@urql/core';
import { createClient } from 'graphql-ws';
import { onEnd, pipe, subscribe } from 'wonka';
import { fail, scenario } from './scenario.mjs';

await scenario((url, token, options) => {
  const socket = createClient(options);
  const client = new Client({
    url,
    fetchOptions: { headers: token ? { authorization: `Bearer ${token}` } : {} },
    exchanges: [
      cacheExchange,
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: ({ query, variables, operationName }) => ({
          subscribe: (sink) => ({ unsubscribe: socket.subscribe({ query, variables, operationName }, sink) }),
        }),
      }),
    ],
  });
  return {
    ask: async (text, variables) => {
      const kind = text.startsWith('mutation') ? 'mutation' : 'query';
      const { data, error } = await client[kind](text, variables).toPromise();
      return error ? fail(String(error)) : data;
    },
    follow: (text, sink) => pipe(
      client.subscription(text, {}),
      onEnd(sink.complete),
      subscribe(({ data, error }) => (error ? sink.error(error) : sink.next(data))),
    ),
    close: () => socket.dispose(),
  };
});
