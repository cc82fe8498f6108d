// Building and refreshing parts of the page without losing the focus.

/** `el("p", { class: "hint" }, "text", child)`: attributes that are false, null or undefined are left out. */
export function el(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** Listens with work that takes time; the work shows its own errors. */
export function on(node, type, work) {
  node.addEventListener(type, (event) => void work(event));
}

const signatures = new WeakMap();

/** Rebuilds the children only when the data changed; what had the focus gets it back by its `data-key`. */
export function refresh(node, data, build) {
  const signature = JSON.stringify(data);
  if (signatures.get(node) === signature) return;
  signatures.set(node, signature);
  const key = node.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  const top = node.scrollTop;
  node.replaceChildren(...[build(data)].flat());
  node.scrollTop = top;
  if (key !== undefined) node.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus();
}

/** A short message at the bottom of the page. */
export function toast(text, kind = "") {
  const node = el("div", { class: `toast ${kind}` }, text);
  document.getElementById("toasts").append(node);
  setTimeout(() => node.remove(), kind === "bad" ? 7000 : 3500);
}

/** Runs what a button asks for: shows that it is busy, then how it went. */
export async function press(button, work, done) {
  button.setAttribute("aria-busy", "true");
  button.disabled = true;
  try {
    const result = await work();
    if (done !== undefined) toast(done);
    return result;
  } catch (error) {
    toast(error.message, "bad");
    return undefined;
  } finally {
    button.removeAttribute("aria-busy");
    button.disabled = false;
    button.focus();
  }
}

/** Asks in a dialog; resolves with the fields' values, or undefined when the answer is no. */
export function ask({ title, text, go, danger = false, fields = [] }) {
  const dialog = document.getElementById("ask");
  document.getElementById("ask-title").textContent = title;
  document.getElementById("ask-text").textContent = text;
  const button = document.getElementById("ask-go");
  button.textContent = go;
  button.className = danger ? "danger" : "primary";
  const inputs = fields.map(({ name, label, ...attributes }) => ({
    name,
    node: el("input", { name, ...attributes }),
    label,
  }));
  document
    .getElementById("ask-fields")
    .replaceChildren(...inputs.map(({ node, label }) => el("label", {}, label, node)));
  dialog.returnValue = "";
  // Not a submit button: the Enter key must mean yes.
  document.getElementById("ask-leave").onclick = () => dialog.close("");
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener(
      "close",
      () =>
        resolve(
          dialog.returnValue === "go"
            ? Object.fromEntries(inputs.map(({ name, node }) => [name, node.value]))
            : undefined,
        ),
      { once: true },
    );
  });
}
