// A real provider of identities (npm oidc-provider, whose folder HUIZHI_TEST_OIDC names). It prints its port, and starts once it reads where
// browsers are to be sent back to. Anybody signs in, by any name.
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const { default: Provider } = await import(pathToFileURL(`${process.env.HUIZHI_TEST_OIDC}/lib/index.js`).href);
const [kind, options, alg] = process.env.HUIZHI_TEST_OIDC_KEY === 'ES256'
  ? ['ec', { namedCurve: 'P-256' }, 'ES256']
  : ['rsa', { modulusLength: 2048 }, 'RS256'];
const key = generateKeyPairSync(kind, options).privateKey.export({ format: 'jwk' });
const server = createServer();
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
for await (const back of createInterface({ input: process.stdin })) {
  const provider = new Provider(`http://127.0.0.1:${server.address().port}`, {
    clients: [{
      client_id: 'huizhi',
      client_secret: 'a secret that only the tests have',
      redirect_uris: [back],
      id_token_signed_response_alg: alg,
    }],
    jwks: { keys: [{ ...key, alg, use: 'sig', kid: 'one' }] },
    cookies: { keys: ['cookies of the tests'] },
    pkce: { required: () => true },
  });
  server.on('request', provider.callback());
  console.log('ready');
}
