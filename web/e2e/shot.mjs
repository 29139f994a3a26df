// Pictures of the page: `node web/e2e/shot.mjs FOLDER` writes page.png there, with `--all` every view.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { launch, serve } from "./browser.mjs";

const [folder, all] = process.argv.slice(2);

const desktop = { width: 1440, height: 900 };
const phone = { width: 390, height: 844 };
const views = [
  { name: "page", size: desktop, scheme: "light", lang: "en" },
  { name: "page-dark", size: desktop, scheme: "dark", lang: "en" },
  { name: "page-ko", size: desktop, scheme: "light", lang: "ko" },
  { name: "tablet", size: { width: 1000, height: 760 }, scheme: "light", lang: "en" },
  { name: "phone-nodes", size: phone, scheme: "light", lang: "en", pane: 1 },
  { name: "phone-files", size: phone, scheme: "light", lang: "en", pane: 0 },
  { name: "phone-events", size: phone, scheme: "dark", lang: "ko", pane: 2 },
  { name: "phone-inspect", size: phone, scheme: "light", lang: "ko", pane: 3 },
];

const server = await serve();
const browser = await launch();
try {
  mkdirSync(folder, { recursive: true });
  for (const view of all === "--all" ? views : views.slice(0, 1)) await take(view);
} finally {
  await browser.close();
  server.close();
}

async function take({ name, size, scheme, lang, pane }) {
  const context = await browser.newContext({
    viewport: size, colorScheme: scheme, locale: lang, reducedMotion: "reduce", deviceScaleFactor: pane === undefined ? 1 : 2,
  });
  const page = await context.newPage();
  page.on("pageerror", (error) => console.error(`${name}: ${error.message}`));
  await page.goto(server.url);
  await page.waitForSelector("textarea, .cm-editor, .hint", { state: "attached" });
  await run(page);
  if (pane !== undefined) await page.locator(".dock button").nth(pane).click();
  await page.waitForTimeout(200);
  await page.screenshot({ path: join(folder, `${name}.png`) });
  await context.close();
}

// The starting example, some seconds in: the crash loop waits for its next start.
async function run(page) {
  await page.locator(".transport select").selectOption("20");
  await page.waitForTimeout(2600);
  await page.locator(".transport select").selectOption("1");
  const pause = page.locator(".transport .main");
  await page.locator(".pod .ring").first().waitFor({ state: "attached" });
  await pause.click();
}
