// A certified OpenID provider to check our client by, with one client and one citizen.
// Started by the tests with the client's registration as JSON in the first argument; prints
// its issuer once it listens, and ends when its standard input is closed.

import { createServer } from "node:http";

import Provider from "oidc-provider";

const client = JSON.parse(process.argv[2]);
const CITIZEN = {
  sub: "citizen-of-the-peer",
  given_name: "Noor",
  family_name: "Testburger",
  rrn: "85073003328",
};

const server = createServer();
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [client],
    scopes: ["openid", "profile", "rrn"],
    claims: { openid: ["sub", "acr"], profile: ["given_name", "family_name"], rrn: ["rrn"] },
    acrValues: ["urn:be:vlaanderen:authmech:eid"],
    clientAuthMethods: ["client_secret_basic", "client_secret_post", "private_key_jwt"],
    pkce: { required: () => true },
    ttl: { AuthorizationCode: 30 },
    cookies: { keys: ["only for tests"] },
    features: { devInteractions: { enabled: false } },
    findAccount: (_context, sub) => ({ accountId: sub, claims: () => ({ ...CITIZEN, sub }) }),
    interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
    // The citizen agrees to everything that the client may ask for.
    loadExistingGrant: async (context) => {
      const grant = new context.oidc.provider.Grant({
        clientId: context.oidc.client.clientId,
        accountId: context.oidc.session.accountId,
      });
      grant.addOIDCScope(context.oidc.params.scope);
      await grant.save();
      return grant;
    },
  });
  const answer = provider.callback();
  server.on("request", (request, response) => {
    if (!request.url.startsWith("/interaction/")) return answer(request, response);
    const cancelled = request.headers["x-citizen"] === "cancels";
    const result = cancelled
      ? { error: "access_denied" }
      : { login: { accountId: CITIZEN.sub, acr: "urn:be:vlaanderen:authmech:eid" } };
    return provider.interactionFinished(request, response, result);
  });
  console.log(issuer);
});
process.stdin.on("close", () => process.exit(0)).resume();
