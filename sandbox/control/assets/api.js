// Talks to the control API.

/** Reads something; throws an Error with the sandbox's own words. */
export async function get(path) {
  return await answer(fetch(`/control/${path}`, { headers: { accept: "application/json" } }));
}

/** Changes something. */
export async function send(method, path, body = {}) {
  return await answer(
    // oxlint-disable-next-line unicorn/no-invalid-fetch-options -- the method is never GET here
    fetch(`/control/${path}`, { method, headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
  );
}

async function answer(request) {
  const response = await request.catch(() => {
    throw new Error("The sandbox does not answer. Is it still running?");
  });
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(body.error ?? `The sandbox answered ${response.status}.`);
  return body;
}
