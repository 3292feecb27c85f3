// Apollo Client: queries and mutations over HTTP, subscriptions over graphql-ws. How to run it: scenario.mjs.

import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { OperationTypeNode } from 'graphql';
import { createClient } from 'graphql-ws';
import { scenario } from './scenario.mjs';

await scenario((uri, token, options) => {
  const socket = createClient(options);
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  const client = new ApolloClient({
    cache: new InMemoryCache(),
    link: ApolloLink.split(
      ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
      new GraphQLWsLink(socket),
      new HttpLink({ uri, headers }),
    ),
  });
  return {
    ask: async (text, variables) => {
      const document = gql(text);
      const { data } = text.startsWith('mutation')
        ? await client.mutate({ mutation: document, variables })
        : await client.query({ query: document, variables, fetchPolicy: 'network-only' });
      return data;
    },
    follow: (text, sink) => client.subscribe({ query: gql(text) }).subscribe({
      next: ({ data, error }) => (error ? sink.error(error) : sink.next(data)),
      error: sink.error,
      complete: sink.complete,
    }),
    close: async () => {
      client.stop();
      await socket.dispose();
    },
  };
});
