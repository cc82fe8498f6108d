/** Products. */
import { z } from "zod";
import { StripeError } from "../api/errors.ts";
import { pageOf } from "../api/pages.ts";
import * as p from "../api/params.ts";
import { route } from "../api/routing.ts";
import { newProduct } from "../objects/catalogue.ts";
import type { Product } from "../objects/catalogue.ts";
import type { World } from "../world.ts";
import { createPrice, priceData } from "./prices.ts";

const fields = {
  active: p.flag.optional(),
  description: p.clearableText.optional(),
  images: p.texts.optional(),
  marketing_features: z.array(z.strictObject({ name: p.text })).optional(),
  metadata: p.metadata.optional(),
  unit_label: p.clearableText.optional(),
  url: p.clearableText.optional(),
};

const createParams = z.strictObject({
  ...fields,
  id: p.text.optional(),
  name: p.text,
  default_price_data: priceData.optional(),
});
const updateParams = z.strictObject({ ...fields, name: p.text.optional(), default_price: p.text.optional() });
const listParams = z.strictObject({
  ...p.paging,
  active: p.flag.optional(),
  created: p.range.optional(),
  ids: p.texts.optional(),
});

/** A product, or Stripe's 404. */
export function requireProduct(world: World, id: string, param = "id"): Product {
  const product = world.tables.products.get(id);
  if (product === undefined) throw StripeError.missing("product", id, param);
  return product;
}

export const productRoutes = [
  route({
    method: "POST",
    path: "/v1/products",
    permission: "product",
    params: createParams,
    run: ({ world, params }) => {
      const { id = `prod_${world.kernel.random.token(14)}`, name, default_price_data: price, ...rest } = params;
      const born = newProduct({ id, name, created: world.now() });
      const product = world.create(world.tables.products, { ...born, ...patchOf(born, rest) }, "product.created");
      if (price === undefined) return product;
      const { id: default_price } = createPrice(world, { ...price, product: product.id });
      return world.update(world.tables.products, product, { default_price }, "product.updated");
    },
  }),
  route({
    method: "GET",
    path: "/v1/products",
    permission: "product",
    params: listParams,
    run: ({ world, params, url }) => {
      const matches = (product: Product) =>
        p.inRange(product.created, params.created) &&
        (params.active === undefined || product.active === params.active) &&
        (params.ids === undefined || params.ids.includes(product.id));
      return pageOf(world.tables.products, { url, paging: params, matches });
    },
  }),
  route({
    method: "GET",
    path: "/v1/products/:id",
    permission: "product",
    params: z.strictObject({}),
    run: ({ world, ids: [id = ""] }) => world.tables.deleted.get(id) ?? requireProduct(world, id),
  }),
  route({
    method: "POST",
    path: "/v1/products/:id",
    permission: "product",
    params: updateParams,
    run: ({ world, params, ids: [id = ""] }) => {
      const product = requireProduct(world, id);
      const { name = product.name, default_price = product.default_price, ...rest } = params;
      const patch = { ...patchOf(product, rest), name, default_price, updated: world.now() };
      return world.update(world.tables.products, product, patch, "product.updated");
    },
  }),
  route({
    method: "DELETE",
    path: "/v1/products/:id",
    permission: "product",
    params: z.strictObject({}),
    run: ({ world, ids: [id = ""] }) => {
      const product = requireProduct(world, id);
      if (world.tables.prices.find("product", id).length > 0) {
        throw StripeError.invalid("This product cannot be deleted because it has one or more user-created prices.");
      }
      world.tables.products.delete(id);
      world.events.emit("product.deleted", product);
      return world.tables.deleted.put({ id, object: "product", deleted: true });
    },
  }),
];

type Given = Omit<z.output<typeof updateParams>, "name" | "default_price">;

function patchOf(product: Product, { metadata, ...given }: Given): Partial<Product> {
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return { ...set, metadata: p.mergeMetadata(product.metadata, metadata) };
}
