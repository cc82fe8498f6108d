/** The page for browsers beyond this machine that have not signed in: a form, no data, no script. */

/** A complete page; the form is answered by `POST /api/session/form`. */
export function signInPage(problem = ""): string {
  const note = problem === "" ? "" : `<p role="alert">${problem}</p>`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Dunlin · Sign in</title>
<style>
:root { color-scheme: light dark; --ink: light-dark(#17312f, #e4ece9); --paper: light-dark(#f7f4ee, #12201f); --line: light-dark(#cfc8b8, #35504d); --accent: light-dark(#1f6f6b, #5fb8b0); }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { width: min(24rem, 90vw); } h1 { font-size: 1.4rem; margin: 0 0 .25rem; } label { display: block; margin: 1.25rem 0 .35rem; font-weight: 600; }
input { width: 100%; box-sizing: border-box; font: inherit; padding: .6rem .75rem; border: 1px solid var(--line); border-radius: .5rem; background: transparent; color: inherit; }
button { margin-top: 1rem; width: 100%; font: inherit; font-weight: 600; padding: .65rem; border: 0; border-radius: .5rem; background: var(--accent); color: var(--paper); cursor: pointer; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; } p { margin: .5rem 0 0; } [role=alert] { color: light-dark(#9b2c1f, #f0a79b); }
</style></head><body><main>
<h1>Sign in to Dunlin</h1><p>Use the admin token that was printed when Dunlin started for the first time.</p>
<form method="post" action="/api/session/form"><label for="token">Admin token</label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus>${note}
<button type="submit">Sign in</button></form></main></body></html>`;
}
