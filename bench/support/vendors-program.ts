/** A process of its own: both vendors on loopback, asked and told over its parent's channel. */
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { IntercomStub } from "./intercom-stub.ts";
import { createStripeStub } from "./stripe-stub.ts";
import { noLimit, type VendorsAnswer, type VendorsOrder } from "./vendors.ts";

const stripe = createStripeStub();
const intercom = new IntercomStub(noLimit);

async function listen(handle: RequestListener): Promise<number> {
  const server = createServer({ keepAliveTimeout: 120_000 }, handle).listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

function reply(answer: VendorsAnswer): void {
  process.send?.(answer);
}

process.once("disconnect", () => process.exit(0));
const ports = {
  stripe: await listen(stripe.handle),
  intercom: await listen((request, response) => void intercom.handle(request, response)),
};
process.on("message", (order: VendorsOrder) => {
  switch (order.what) {
    case "open":
      return reply({ ports });
    case "limit":
      intercom.setLimit(order.limit);
      return reply({});
    case "know":
      stripe.know(order.objects);
      return reply({});
    case "crowd":
      stripe.gather(order.crowd);
      intercom.gather(order.crowd);
      return reply({});
    case "arrivals":
      return reply({
        arrivals: intercom.takeArrivals(),
        refused: intercom.refused,
        stripeCalls: Object.fromEntries(stripe.calls),
      });
  }
});
